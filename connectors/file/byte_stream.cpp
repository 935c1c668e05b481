#include "connectors/file/byte_stream.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace rekindle {

namespace {
constexpr std::size_t packed_size = std::size_t{256} << 10;
}

Status ByteStream::open() {
  close();
  file_ = path_ == "-" ? STDIN_FILENO : ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) return fail(ErrorCode::data, "{}: {}", path_, std::strerror(errno));
  struct stat about {};
  is_pipe_ = ::fstat(file_, &about) == 0 && !S_ISREG(about.st_mode);
  decided_ = false;
  codec_.reset();
  packed_begin_ = packed_end_ = 0;
  received_ = 0;
  return {};
}

void ByteStream::close() {
  if (file_ > STDIN_FILENO) ::close(file_);
  file_ = -1;
}

Result<ByteStream::Got> ByteStream::receive(std::span<char> out, std::chrono::milliseconds patience) {
  if (is_pipe_) {
    pollfd waiting{file_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) return Got{};
  }
  const auto got = ::read(file_, out.data(), out.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return Got{};
  if (got < 0) return fail(ErrorCode::io, "{}: {}", path_, std::strerror(errno));
  received_ += static_cast<std::uint64_t>(got);
  return Got{static_cast<std::size_t>(got), got == 0};
}

Result<ByteStream::Got> ByteStream::read(std::span<char> out, std::chrono::milliseconds patience) {
  while (!decided_) {
    const auto got = decide(patience);
    if (!got || (!decided_ && (got->bytes == 0))) return got;
  }
  if (codec_) return unpack(out, patience);
  if (packed_begin_ != packed_end_) return Got{copy_packed(out), false};
  return receive(out, patience);
}

// Reads the first bytes until they tell plain from compressed.
Result<ByteStream::Got> ByteStream::decide(std::chrono::milliseconds patience) {
  packed_.resize(packed_size);
  const auto got = receive(std::span(packed_).subspan(packed_end_), patience);
  if (!got) return got;
  packed_end_ += got->bytes;
  auto choice = choose_codec(std::string_view(packed_).substr(0, packed_end_));
  decided_ = packed_end_ != 0 && (!choice.undecided || got->ended);
  codec_ = std::move(choice.codec);
  return got;
}

std::size_t ByteStream::copy_packed(std::span<char> out) {
  const auto count = std::min(out.size(), packed_end_ - packed_begin_);
  std::memcpy(out.data(), packed_.data() + packed_begin_, count);
  packed_begin_ += count;
  return count;
}

Result<ByteStream::Got> ByteStream::unpack(std::span<char> out, std::chrono::milliseconds patience) {
  while (true) {
    const auto step = codec_->decode(std::span(packed_).subspan(packed_begin_, packed_end_ - packed_begin_), out);
    packed_begin_ += step.consumed;
    if (!step.problem.empty())
      return fail(ErrorCode::data, "{}: not good {} at byte {}: {}", path_, codec_->name(), offset(), step.problem);
    if (step.produced != 0) return Got{step.produced, false};
    if (packed_begin_ != packed_end_) continue;
    packed_begin_ = packed_end_ = 0;
    const auto got = receive(packed_, patience);
    if (!got || got->bytes == 0) return got;
    packed_end_ = got->bytes;
  }
}

Status ByteStream::check_end() const {
  if (!codec_ || codec_->may_end()) return {};
  return fail(ErrorCode::data, "{}: the {} file was cut short at byte {}", path_, codec_->name(), offset());
}

std::string ByteStream::changed() const {
  struct stat here {};
  struct stat there {};
  if (is_pipe_ || ::fstat(file_, &here) != 0) return "";
  if (static_cast<std::uint64_t>(here.st_size) < received_) return "became shorter";
  // Nothing at the path is the moment between the old file and the new one.
  if (::stat(path_.c_str(), &there) != 0) return "";
  return here.st_dev == there.st_dev && here.st_ino == there.st_ino ? "" : "was replaced by another file";
}

}  // namespace rekindle
