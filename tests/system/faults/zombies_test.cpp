// SIGSTOP: a daemon that slept through another's taking over may write nothing any more.
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <set>
#include <thread>

#include "tests/system/daemon_support.hpp"
#include "tests/system/faults/tries.hpp"
#include "tests/system/support/records.hpp"

namespace rekindle::system_test {
namespace {

using namespace std::chrono_literals;

class Zombies : public DaemonTest {};

TEST_F(Zombies, AreFencedAndNothingIsPredictedTwice) {
  const int zombies = tries(3, 50);
  constexpr std::size_t each = 5000;
  const auto lines = drifting_stream(each * (2 * static_cast<std::size_t>(zombies) + 1));
  const auto deployment =
      deploy({}).with({"checkpoint.store=kafka", "checkpoint.topic=" + topic_name("state"), "output.delivery=exactly_once",
                       "output.predictions=" + topic_name("predictions"), "checkpoint.every=30ms",
                       // A second or so for each piece: it is stopped with most of it before it.
                       "model.type=mlp", "model.hidden=[256, 128]"});
  std::minstd_rand random(fault_seed());
  std::size_t fed = 0;
  const auto feed = [&] {
    produce_all(broker().address(), topic_name("samples"),
                slice(lines, static_cast<std::ptrdiff_t>(fed), static_cast<std::ptrdiff_t>(fed + each)));
    fed += each;
  };
  // It hears of the other when it next writes: the records that come last are there for that.
  auto daemon = std::make_unique<Daemon>(deployment.in(folder() / "0"));
  int in_the_middle = 0;
  for (int i = 0; i < zombies; ++i) {
    const auto before = static_cast<std::int64_t>(fed);
    ASSERT_TRUE(daemon->says("event=listening")) << daemon->log();
    feed();
    ASSERT_TRUE(daemon->reaches(before + 1)) << daemon->log();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 100));
    daemon->process().send(SIGSTOP);
    // Of what it has published: where it was itself, nobody can ask it now, and a transaction of its that is open stays so.
    const auto published = broker().committed(topic_name("samples"), topic_name("samples"), 0, admin::OpenTransaction::passed_over);
    if (published.value_or(0) < static_cast<std::int64_t>(fed)) ++in_the_middle;
    auto next = std::make_unique<Daemon>(deployment.in(folder() / std::to_string(i + 1)));
    ASSERT_TRUE(next->reaches(static_cast<std::int64_t>(fed), 120s)) << next->log();
    daemon->process().send(SIGCONT);
    feed();
    ASSERT_TRUE(next->reaches(static_cast<std::int64_t>(fed))) << next->log();
    const auto ended = daemon->process().wait(30s);
    ASSERT_TRUE(ended.has_value()) << i << "\n" << daemon->log();
    ASSERT_EQ(ended->code, 75) << daemon->log();
    daemon = std::move(next);
  }
  feed();
  ASSERT_TRUE(daemon->reaches(static_cast<std::int64_t>(fed))) << daemon->log();
  EXPECT_EQ(daemon->stop().code, 0);
  std::set<std::int64_t> predicted;
  for (const auto& record : consume_all(broker().address(), topic_name("predictions"))) {
    const auto offset = boost::json::parse(record.value.value()).at("offset").to_number<std::int64_t>();
    ASSERT_TRUE(predicted.insert(offset).second) << offset << " twice";
  }
  EXPECT_EQ(predicted.size(), lines.size());
  EXPECT_GE(in_the_middle, zombies * 4 / 5) << "they were to be stopped while they had something to do";
  const auto saved = run(command_line("inspect", deployment, {"--json"}));
  ASSERT_EQ(saved.status.code, 0) << saved.err;
  EXPECT_EQ(text_at(boost::json::parse(saved.out), "/state_hash"), text_at(replayed(deployment, lines), "/state_hash"));
  report_tries("SIGSTOP zombie", zombies,
               fmt::format("{} stopped before all was published; all ended with 75; {} predictions, each once, in the bits of a replay",
                           in_the_middle, predicted.size()));
}

}  // namespace
}  // namespace rekindle::system_test
