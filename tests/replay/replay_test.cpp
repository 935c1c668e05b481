#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/session.hpp"
#include "connectors/file/line_source.hpp"
#include "support/choices.hpp"

namespace rekindle {
namespace {

bool approve = false;

// One line for each event, with four digits of every number: enough to see a change, few enough for every machine.
class EventLog final : public SampleObserver {
 public:
  void observed(const Sample& /*sample*/, const Outcome& /*outcome*/, const Learner& learner) override {
    for (const auto& event : learner.events()) std::visit([&](const auto& one) { line(learner, one); }, event);
  }
  void rejected(std::int64_t offset, const Rejection& why) {
    text_ += fmt::format("line {} {}: {}\n", offset, to_string(why.reason), why.detail);
  }
  [[nodiscard]] std::string text(const Learner& learner) const {
    const auto& c = learner.counters();
    auto out = text_ + fmt::format("samples {} learned {} predicted only {} rejected {} updates {}\n", c.samples, c.learned,
                                   c.predicted_only, c.rejected, c.updates);
    for (const auto& [name, value] : learner.scores().metrics()) out += fmt::format("{} {:.4g}\n", name, value.value_or(0));
    return out + fmt::format("lr {:.4g}\n", learner.lr());
  }

 private:
  void line(const Learner& /*learner*/, const IncidentOpened& event) {
    const auto& i = event.incident;
    text_ += fmt::format("{} drift {} {} {}: error {:.4g} -> {:.4g}, loss {:.4g}, lr {:.4g} -> {:.4g}: {}\n", i.sample, i.detector,
                         i.severity, i.kind, i.mean_before, i.mean_after, i.loss_before.value_or(0), i.lr_before, i.lr_after, i.response);
  }
  void line(const Learner& learner, const IncidentRecovered& event) {
    text_ += fmt::format("{} recovered from {} after {} labels, peak loss {:.4g}\n", learner.counters().samples - 1, event.incident.sample,
                         event.incident.recovered_after.value_or(0), event.incident.loss_peak.value_or(0));
  }
  void line(const Learner& /*learner*/, const LearningRateRestarted& event) {
    text_ += fmt::format("{} restart by {}: lr {:.4g} -> {:.4g}\n", event.sample, event.reason, event.lr_before, event.lr_after);
  }
  void line(const Learner& /*learner*/, const OptimizerReset& event) {
    text_ += fmt::format("{} reset by {}: {}\n", event.sample, event.reason, event.fraction);
  }
  void line(const Learner& /*learner*/, const UpdateSkipped& event) {
    text_ += fmt::format("{} update skipped at lr {:.4g}\n", event.sample, event.lr);
  }
  void line(const Learner& /*learner*/, const ClassAdded& event) {
    text_ += fmt::format("{} class {} is {}\n", event.sample, event.name, event.index);
  }
  void line(const Learner& /*learner*/, const Diverged& event) {
    text_ += fmt::format("{} diverged: lr {:.4g} -> {:.4g}{}{}\n", event.sample, event.lr_before, event.lr_after,
                         event.rolled_back ? ", rolled back" : "", event.held ? ", held" : "");
  }
  void line(const Learner& /*learner*/, const PlateauMet& event) {
    text_ += fmt::format("{} {}: lr {:.4g} -> {:.4g}\n", event.sample, event.answer(), event.lr_before, event.lr_after);
  }
  void line(const Learner& /*learner*/, const LearningRateCommanded& event) {
    text_ += fmt::format("{} {}: lr {:.4g} -> {:.4g}\n", event.sample, event.command, event.lr_before, event.lr_after);
  }
  void line(const Learner& /*learner*/, const ResponseRolledBack& event) {
    text_ += fmt::format("{} rolled back by {}: lr {:.4g} -> {:.4g}\n", event.sample, event.reason, event.lr_before, event.lr_after);
  }
  void line(const Learner& /*learner*/, const ChampionReplaced& event) {
    text_ += fmt::format("{} replaced by {}: lr {:.4g} -> {:.4g}\n", event.sample, event.by, event.lr_before, event.lr_after);
  }

  std::string text_;
};

std::string replayed(const std::string& folder) {
  Diagnostics diagnostics;
  const auto configuration = load_configuration({folder + "/rekindle.toml", {{"source.path", folder + "/stream.jsonl"}}, {}}, diagnostics);
  if (diagnostics.failed()) return test::texts(diagnostics);
  Session session(configuration);
  EventLog log;
  session.add_observer(log);
  const auto source = make_line_source(configuration.source.path);
  if (const auto status = source->open({}); !status) return status.error().message;
  for (bool at_end = false; !at_end;) {
    const auto polled = source->poll(std::chrono::milliseconds(0));
    if (!polled) return polled.error().message;
    at_end = polled->at_end;
    for (const auto& record : polled->records) {
      const auto taken = session.take(record);
      if (!taken) return taken.error().message;
      if (!*taken) log.rejected(record.offset, session.rejection());
    }
  }
  return session.learner() == nullptr ? "nothing learned" : log.text(*session.learner());
}

void expect_as_approved(const std::string& name) {
  const auto folder = std::string(REKINDLE_REPLAY_DATA) + "/" + name;
  const auto now = replayed(folder);
  if (approve) {
    std::ofstream(folder + "/events.txt") << now;
    std::cout << "approved:\n" << now;
    return;
  }
  std::ifstream file(folder + "/events.txt");
  std::stringstream approved;
  approved << file.rdbuf();
  EXPECT_EQ(now, approved.str()) << "if this is meant: replay_test --approve";
}

TEST(Replay, OfOneFlipHappensAsApproved) { expect_as_approved("one_flip"); }

}  // namespace
}  // namespace rekindle

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) rekindle::approve = rekindle::approve || std::strcmp(argv[i], "--approve") == 0;
  return RUN_ALL_TESTS();
}
