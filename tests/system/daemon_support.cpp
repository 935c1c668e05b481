#include "tests/system/daemon_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "connectors/generate/streams.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/program.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {

namespace {

namespace json = boost::json;

// Loses accuracy for good at a drift unless its rate restarts: what is not restored after a crash shows in the end.
constexpr const char* configuration_text = R"([source]
topic = "{0}"
group = "{0}"
[kafka]
brokers = "{1}"
[schema]
task = "binary"
label = "y"
[optimizer]
type = "rmsprop"
[schedule]
type = "exponential"
lr = 0.05
decay_rate = 0.5
decay_steps = 1500
lr_min = 5e-5
[drift]
policy = "restart"
[checkpoint]
directory = "{2}"
[http]
listen = "127.0.0.1:0"
)";

json::value parsed(const Outcome& done, const std::string& what) {
  if (done.status.code != 0) throw std::runtime_error(fmt::format("{} exited with {}: {}", what, done.status.code, done.err));
  return json::parse(done.out);
}

// The text between `before` and the next blank.
std::optional<std::string> word_after(const std::string& text, const std::string& before) {
  const auto at = text.find(before);
  const auto end = text.find_first_of(" \n", at == std::string::npos ? at : at + before.size());
  if (at == std::string::npos || end == std::string::npos) return std::nullopt;  // Or the line is not complete yet.
  return text.substr(at + before.size(), end - at - before.size());
}

}  // namespace

std::vector<std::string> drifting_stream(std::size_t samples, std::uint64_t seed) {
  LogisticStream stream({seed, 20, 0.05, {samples / 3, samples * 2 / 3}, {0.5, 1.0}, false});
  std::vector<std::string> lines(samples);
  for (auto& line : lines) {
    stream.next();
    stream.append_json(line);
  }
  return lines;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::vector<std::string> read_lines(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void write_lines(const std::filesystem::path& path, const std::vector<std::string>& lines) {
  write_file(path, fmt::format("{}\n", fmt::join(lines, "\n")));
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

std::vector<std::string> slice(const std::vector<std::string>& lines, std::ptrdiff_t from, std::ptrdiff_t to) {
  return {lines.begin() + from, lines.begin() + to};
}

Deployment Deployment::with(const Arguments& more) const {
  auto changed = *this;
  changed.settings.insert(changed.settings.end(), more.begin(), more.end());
  return changed;
}

Deployment Deployment::in(const std::filesystem::path& other_state) const {
  auto changed = with({"checkpoint.directory=" + other_state.string()});
  changed.state = other_state;
  return changed;
}

Deployment write_configuration(const std::filesystem::path& folder, const std::string& brokers, const std::string& topic) {
  const Deployment deployment{folder / "rekindle.toml", folder / "state"};
  write_file(deployment.configuration, fmt::format(fmt::runtime(configuration_text), topic, brokers, deployment.state.string()));
  return deployment;
}

Arguments command_line(const std::string& command, const Deployment& deployment, const Arguments& more) {
  Arguments all = {program(), command, "-c", deployment.configuration.string()};
  for (const auto& setting : deployment.settings) all.insert(all.end(), {"--set", setting});
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Outcome rekindle(Arguments arguments) {
  arguments.insert(arguments.begin(), program());
  return run(std::move(arguments));
}

json::value inspect_json(const std::filesystem::path& checkpoint) {
  return parsed(rekindle({"inspect", checkpoint.string(), "--json"}), "inspect");
}

json::value replay_json(const Deployment& deployment, const std::filesystem::path& recording, const Arguments& more) {
  auto all = command_line("replay", deployment, {"--from", recording.string(), "--json"});
  all.insert(all.end(), more.begin(), more.end());
  return parsed(run(std::move(all)), "replay");
}

std::int64_t whole_at(const json::value& json, const std::string& pointer) { return json.at_pointer(pointer).to_number<std::int64_t>(); }
double number_at(const json::value& json, const std::string& pointer) { return json.at_pointer(pointer).to_number<double>(); }
std::string text_at(const json::value& json, const std::string& pointer) { return std::string(json.at_pointer(pointer).as_string()); }

std::int64_t saved_position(const std::filesystem::path& state) {
  if (checkpoints_in(state).empty()) return 0;
  const auto saved = inspect_json(state);
  std::int64_t sum = 0;
  for (const auto& topic : saved.at("position").as_object()) {
    for (const auto& partition : topic.value().as_object()) sum += partition.value().to_number<std::int64_t>();
  }
  return sum;
}

std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> all;
  if (!std::filesystem::exists(directory)) return all;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with("checkpoint.") && name != "checkpoint.tmp") all.push_back(entry.path());
  }
  std::ranges::sort(all);
  return all;
}

Daemon::Daemon(const Deployment& deployment, const Arguments& more, ProcessOptions options)
    : process_(command_line("run", deployment, more), std::move(options)) {}

int Daemon::port() {
  if (port_ == 0) {
    if (!says("event=listening")) throw std::runtime_error("the daemon does not listen:\n" + log());
    const auto url = word_after(log(), "event=listening url=").value();
    port_ = std::stoi(url.substr(url.rfind(':') + 1));
  }
  return port_;
}

json::value Daemon::status() {
  const auto answer = get("/status");
  if (answer.status != 200) throw std::runtime_error(fmt::format("/status: {} {}\n{}", answer.status, answer.body, log()));
  return json::parse(answer.body);
}

std::int64_t Daemon::position() {
  const auto answer = get("/status");
  if (answer.status != 200) return 0;
  const auto status = json::parse(answer.body);
  std::int64_t sum = 0;
  for (const auto& partition : status.at_pointer("/source/partitions").as_array()) sum += whole_at(partition, "/next");
  return sum;
}

bool Daemon::reaches(std::int64_t wanted, std::chrono::milliseconds patience) {
  bool there = false;
  static_cast<void>(eventually([&] { return (there = position() >= wanted) || !process_.running(); }, patience));
  return there;
}

bool Daemon::says(const std::string& text, std::chrono::milliseconds patience) {
  bool there = false;
  const auto written = [&] {
    const bool ended = !process_.running();  // Before reading: what it wrote last counts too.
    const auto now = log();
    const auto at = now.find(text);
    there = at != std::string::npos && now.find('\n', at) != std::string::npos;
    return there || ended;
  };
  static_cast<void>(eventually(written, patience));
  return there;
}

Deployment DaemonTest::deploy(const std::vector<std::string>& records, int partitions) {
  const auto topic = create_topic("samples", partitions);
  if (!records.empty()) produce_all(broker().address(), topic, records);
  return write_configuration(folder(), broker().address(), topic);
}

Deployment DaemonTest::deploy(const LongStream& stream) const { return write_configuration(folder(), broker().address(), stream.topic); }

const LongStream& DaemonTest::long_stream() {
  static const TemporaryFolder kept;
  static const LongStream stream = [] {
    LongStream made{"long", drifting_stream(1'000'000), kept / "long.jsonl", {}};
    write_lines(made.recording, made.lines);
    broker().create_topic(made.topic);
    produce_all(broker().address(), made.topic, made.lines);
    made.expected = replay_json(write_configuration(kept.path(), broker().address(), made.topic), made.recording);
    return made;
  }();
  return stream;
}

json::value DaemonTest::learn_until(const Deployment& deployment, std::int64_t position) {
  Daemon daemon(deployment);
  EXPECT_TRUE(daemon.reaches(position)) << daemon.log();
  EXPECT_EQ(daemon.stop().code, 0) << daemon.log();
  return inspect_json(deployment.state);
}

json::value DaemonTest::replayed(const Deployment& deployment, const std::vector<std::string>& lines, const Arguments& more) {
  write_lines(folder() / "replayed.jsonl", lines);
  return replay_json(deployment, folder() / "replayed.jsonl", more);
}

std::string DaemonTest::expect_replayable_group(const Deployment& group) const {
  const auto recording = folder() / "recording.jsonl";
  const auto recorded = run(command_line("record", group, {"--to", recording.string()}));
  EXPECT_EQ(recorded.status.code, 0) << recorded.err;
  const auto replay = run(command_line("replay", group, {"--from", recording.string(), "--journal", "group"}));
  EXPECT_EQ(replay.status.code, 0) << replay.err;
  return replay.out;
}

}  // namespace rekindle::system_test
