// ByteStream: the bytes of a file or of standard input, unpacked where its content says gzip or zstd.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "connectors/file/codec.hpp"

namespace rekindle {

class ByteStream {
 public:
  explicit ByteStream(std::string path) : path_(std::move(path)) {}
  ~ByteStream() { close(); }
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // At the first byte; also a second time, for whatever the path names then.
  [[nodiscard]] Status open();
  [[nodiscard]] bool is_open() const { return file_ >= 0; }
  void close();

  struct Got {
    std::size_t bytes = 0;
    bool ended = false;  // Nothing more is there, for now at least.
  };
  // As much as there is, at most `out`; for a pipe, waits at most `patience` for the first byte. ErrorCode::data: the
  // compressed file is damaged.
  [[nodiscard]] Result<Got> read(std::span<char> out, std::chrono::milliseconds patience);

  // After the end: whether it is a good one. A compressed file that was cut short is ErrorCode::data.
  [[nodiscard]] Status check_end() const;

  // Why the path no longer names what was read: another file is there, or this one became shorter. "": it still does.
  [[nodiscard]] std::string changed() const;

 private:
  [[nodiscard]] Result<Got> receive(std::span<char> out, std::chrono::milliseconds patience);
  [[nodiscard]] Result<Got> unpack(std::span<char> out, std::chrono::milliseconds patience);
  [[nodiscard]] Result<Got> decide(std::chrono::milliseconds patience);
  std::size_t copy_packed(std::span<char> out);
  [[nodiscard]] std::uint64_t offset() const { return received_ - (packed_end_ - packed_begin_); }

  std::string path_;
  int file_ = -1;
  bool is_pipe_ = false;
  bool decided_ = false;
  std::unique_ptr<Codec> codec_;
  std::string packed_;  // Bytes read and not given out or unpacked yet: from `packed_begin_` to `packed_end_`.
  std::size_t packed_begin_ = 0;
  std::size_t packed_end_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace rekindle
