#include "connectors/file/packed_file.hpp"

#include <zlib.h>
#include <zstd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

namespace rekindle {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};
using FilePointer = std::unique_ptr<std::FILE, CloseFile>;

class PlainFile final : public PackedFile {
 public:
  PlainFile(FilePointer file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Status write(std::string_view bytes) override {
    return std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) == bytes.size() ? Status() : failed();
  }
  Status close() override {
    if (file_.get() == stdout) return std::fflush(stdout) == 0 ? Status() : failed();
    return std::fclose(file_.release()) == 0 ? Status() : failed();
  }

 private:
  Status failed() const { return fail(ErrorCode::io, "{}: {}", path_, std::strerror(errno)); }
  FilePointer file_;
  std::string path_;
};

class GzipFile final : public PackedFile {
 public:
  explicit GzipFile(std::unique_ptr<PlainFile> file) : file_(std::move(file)), out_(std::size_t{64} << 10) {
    constexpr int window_of_gzip = 15 + 16;
    usable_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_of_gzip, /*memLevel=*/8, Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~GzipFile() override { deflateEnd(&stream_); }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  Status write(std::string_view bytes) override { return pack(bytes, Z_NO_FLUSH); }
  Status close() override {
    if (auto status = pack({}, Z_FINISH); !status) return status;
    return file_->close();
  }

 private:
  Status pack(std::string_view bytes, int flush) {
    if (!usable_) return fail(ErrorCode::io, "out of memory");
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      deflate(&stream_, flush);
      if (auto status = file_->write({out_.data(), out_.size() - stream_.avail_out}); !status) return status;
    } while (stream_.avail_out == 0);
    return {};
  }
  std::unique_ptr<PlainFile> file_;
  std::vector<char> out_;
  z_stream stream_{};
  bool usable_ = false;
};

class ZstdFile final : public PackedFile {
 public:
  explicit ZstdFile(std::unique_ptr<PlainFile> file) : file_(std::move(file)), out_(ZSTD_CStreamOutSize()) {}

  Status write(std::string_view bytes) override { return pack(bytes, ZSTD_e_continue); }
  Status close() override {
    if (auto status = pack({}, ZSTD_e_end); !status) return status;
    return file_->close();
  }

 private:
  Status pack(std::string_view bytes, ZSTD_EndDirective directive) {
    if (!stream_) return fail(ErrorCode::io, "out of memory");
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    while (true) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const auto left = ZSTD_compressStream2(stream_.get(), &out, &in, directive);
      if (ZSTD_isError(left) != 0) return fail(ErrorCode::io, "zstd: {}", ZSTD_getErrorName(left));
      if (auto status = file_->write({out_.data(), out.pos}); !status) return status;
      if (directive == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
    }
  }
  struct Free {
    void operator()(ZSTD_CStream* stream) const { ZSTD_freeCStream(stream); }
  };
  std::unique_ptr<PlainFile> file_;
  std::vector<char> out_;
  std::unique_ptr<ZSTD_CStream, Free> stream_{ZSTD_createCStream()};
};

}  // namespace

Result<std::unique_ptr<PackedFile>> PackedFile::create(const std::string& path) {
  FilePointer file(path == "-" ? stdout : std::fopen(path.c_str(), "we"));
  if (!file) return fail(ErrorCode::io, "{}: {}", path, std::strerror(errno));
  auto plain = std::make_unique<PlainFile>(std::move(file), path);
  if (path.ends_with(".gz")) return std::make_unique<GzipFile>(std::move(plain));
  if (path.ends_with(".zst")) return std::make_unique<ZstdFile>(std::move(plain));
  return plain;
}

}  // namespace rekindle
