// What the tests of the `rekindle` program share: generated streams, a configuration file, the daemon as a process.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/system/support/http.hpp"
#include "tests/system/support/kafka_test.hpp"
#include "tests/system/support/process.hpp"
#include "tests/system/support/temporary_folder.hpp"

namespace rekindle::system_test {

using Arguments = std::vector<std::string>;

// JSON objects {"x0":...,"x19":...,"y":0}; half of the concept changes after a third, all of it after two thirds.
[[nodiscard]] std::vector<std::string> drifting_stream(std::size_t samples, std::uint64_t seed = 7);
void write_file(const std::filesystem::path& path, const std::string& text);
void write_lines(const std::filesystem::path& path, const std::vector<std::string>& lines);
[[nodiscard]] std::vector<std::string> read_lines(const std::filesystem::path& path);

// The same text with the first `what` in it replaced; throws where there is none.
[[nodiscard]] std::string replaced(std::string text, const std::string& what, const std::string& by);
[[nodiscard]] std::vector<std::string> slice(const std::vector<std::string>& lines, std::ptrdiff_t from, std::ptrdiff_t to);

// One configuration file, and what every command with it is given besides.
struct Deployment {
  std::filesystem::path configuration;
  std::filesystem::path state;  // The directory of its checkpoints.
  Arguments settings = {};      // As --set takes them: "drift.policy=alarm".

  [[nodiscard]] Deployment with(const Arguments& more) const;
  [[nodiscard]] Deployment in(const std::filesystem::path& other_state) const;
};

// Writes `folder`/rekindle.toml: a binary learner of `topic` with a state directory in the same folder.
[[nodiscard]] Deployment write_configuration(const std::filesystem::path& folder, const std::string& brokers, const std::string& topic);

// rekindle COMMAND -c FILE --set ... and what follows.
[[nodiscard]] Arguments command_line(const std::string& command, const Deployment& deployment, const Arguments& more = {});
// The program with any arguments, run to its end.
[[nodiscard]] Outcome rekindle(Arguments arguments);

// Throw std::runtime_error with the program's message where it fails.
[[nodiscard]] boost::json::value inspect_json(const std::filesystem::path& checkpoint);
[[nodiscard]] boost::json::value replay_json(const Deployment& deployment, const std::filesystem::path& recording,
                                             const Arguments& more = {});

// What is at a JSON pointer, such as "/learner/samples"; throws where there is nothing.
[[nodiscard]] std::int64_t whole_at(const boost::json::value& json, const std::string& pointer);
[[nodiscard]] double number_at(const boost::json::value& json, const std::string& pointer);
[[nodiscard]] std::string text_at(const boost::json::value& json, const std::string& pointer);

// Where the newest checkpoint goes on, over all partitions; 0 where there is none.
[[nodiscard]] std::int64_t saved_position(const std::filesystem::path& state);
// Checkpoint files of a state directory, the newest last.
[[nodiscard]] std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& directory);

// `rekindle run`; killed with its object where it still runs.
class Daemon {
 public:
  explicit Daemon(const Deployment& deployment, const Arguments& more = {}, ProcessOptions options = {});

  // Waits for the log line that tells where it listens.
  [[nodiscard]] int port();
  [[nodiscard]] HttpAnswer get(const std::string& path) { return http_get(port(), path); }
  // GET /status; throws where the daemon does not answer.
  [[nodiscard]] boost::json::value status();
  // The sum of the next offsets of all partitions; 0 while they are not known, or the daemon does not answer (any more).
  [[nodiscard]] std::int64_t position();
  // Whether `position` gets that far; not when the daemon ends before.
  [[nodiscard]] bool reaches(std::int64_t position, std::chrono::milliseconds patience = std::chrono::seconds(60));
  // Whether the log gets to hold this text; not when the daemon ends before.
  [[nodiscard]] bool says(const std::string& text, std::chrono::milliseconds patience = std::chrono::seconds(30));

  // SIGTERM; throws where it does not end within ten seconds.
  ExitStatus stop() { return process_.end(SIGTERM, std::chrono::seconds(10)); }
  void kill() { process_.end(SIGKILL); }
  [[nodiscard]] Process& process() { return process_; }
  [[nodiscard]] std::string log() const { return process_.err(); }

 private:
  Process process_;
  int port_ = 0;
};

// A stream that takes the daemon a second or more: long enough to be interrupted in the middle.
struct LongStream {
  std::string topic;
  std::vector<std::string> lines;
  std::filesystem::path recording;
  boost::json::value expected;  // What a replay with the configuration as written prints.
  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(lines.size()); }
};

// A test with a folder and a configuration of its own.
class DaemonTest : public KafkaTest {
 protected:
  // A topic of this test with these records, and a configuration that reads it.
  [[nodiscard]] Deployment deploy(const std::vector<std::string>& records, int partitions = 1);
  [[nodiscard]] Deployment deploy(const LongStream& stream) const;
  // All tests of one program share it; the first makes it.
  [[nodiscard]] static const LongStream& long_stream();
  // Learns up to that position with a daemon that is stopped then, and tells what the checkpoint holds.
  static boost::json::value learn_until(const Deployment& deployment, std::int64_t position);
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  // What a replay of these lines ends in.
  [[nodiscard]] boost::json::value replayed(const Deployment& deployment, const std::vector<std::string>& lines,
                                            const Arguments& more = {});
  // The journal of a group, followed from the first record on, comes to every state that was committed; what `replay` prints of it.
  std::string expect_replayable_group(const Deployment& group) const;

 private:
  TemporaryFolder folder_;
};

}  // namespace rekindle::system_test
