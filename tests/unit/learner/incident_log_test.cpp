#include "learner/incident_log.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "support/choices.hpp"

namespace rekindle {
namespace {

Incident incident(std::optional<double> loss_before, const std::string& kind = "abrupt", const std::string& response = "hold") {
  Incident out;
  out.detector = "adwin";
  out.kind = kind;
  out.response = response;
  out.loss_before = loss_before;
  return out;
}

TEST(IncidentLog, KeepsTheNewestThousand) {
  IncidentLog log;
  for (std::uint64_t i = 0; i < IncidentLog::kept; ++i) log.open(incident(1), i);
  EXPECT_EQ(log.newest().size(), 1000U);
  ASSERT_NE(log.find(1), nullptr) << "the first of a thousand is still there";
  log.open(incident(1), 2000);
  EXPECT_EQ(log.newest().size(), 1000U);
  EXPECT_EQ(log.total(), 1001U);
  EXPECT_EQ(log.find(0), nullptr);
  EXPECT_EQ(log.find(1), nullptr);
  for (const std::uint64_t id : {2U, 3U, 1000U, 1001U}) {
    ASSERT_NE(log.find(id), nullptr) << id;
    EXPECT_EQ(log.find(id)->id, id);
  }
  EXPECT_EQ(log.find(1002), nullptr) << "not opened yet";
  EXPECT_EQ(IncidentLog().find(0), nullptr);
  EXPECT_EQ(IncidentLog().find(1), nullptr);
}

TEST(IncidentLog, RecoversAtATenthAboveTheLossBefore) {
  IncidentLog log;
  EXPECT_EQ(log.observe(0, 5), nullptr) << "there is none";
  log.open(incident(1), 10);
  EXPECT_EQ(log.observe(0.5, 10), nullptr) << "not at the very sample that opened it";
  EXPECT_EQ(log.observe(3, 11), nullptr);
  EXPECT_EQ(log.observe(1.11, 12), nullptr);
  const auto* recovered = log.observe(1.1, 13);
  ASSERT_NE(recovered, nullptr);
  EXPECT_EQ(recovered->recovered_after, 3U);
  EXPECT_EQ(recovered->loss_peak, 3);
  EXPECT_EQ(log.observe(1, 14), nullptr) << "once";
}

TEST(IncidentLog, WithoutALossBeforeRecoversAtNone) {
  IncidentLog log;
  log.open(incident(std::nullopt), 0);
  EXPECT_EQ(log.observe(0.5, 1), nullptr);
  EXPECT_NE(log.observe(0, 2), nullptr);
}

TEST(IncidentLog, RevisesTheKindOfTheNewestUnlessItIsARecurringOne) {
  IncidentLog log;
  log.revise_kind("gradual");
  log.open(incident(1), 0);
  log.open(incident(1), 1);
  log.revise_kind("gradual");
  EXPECT_EQ(log.newest()[0].kind, "abrupt");
  EXPECT_EQ(log.newest()[1].kind, "gradual");
  log.revise_kind("recurring");
  log.revise_kind("burst");
  EXPECT_EQ(log.newest()[1].kind, "recurring");
}

TEST(IncidentLog, CountsFromTheNewestThatWasAnswered) {
  IncidentLog log;
  EXPECT_EQ(log.since_answered(5), std::nullopt);
  log.open(incident(1), 10);
  EXPECT_EQ(log.since_answered(15), std::nullopt) << "it was only held";
  log.find(1)->tried = "restart";
  EXPECT_EQ(log.since_answered(15), 5U) << "something is on trial";
  log.open(incident(1, "abrupt", "restart"), 20);
  EXPECT_EQ(log.since_answered(20), 0U);
}

TEST(IncidentLog, ComesBackAsItWasSavedAndGoesOn) {
  for (const bool open : {true, false}) {
    IncidentLog log;
    log.open(incident(2, "gradual", "bump"), 3);
    log.open(incident(1), 7);
    if (!open) {
      ASSERT_NE(log.observe(1, 8), nullptr);
    }
    IncidentLog loaded;
    loaded.open(incident(5), 1);
    ASSERT_TRUE(test::load_from(test::saved(log), loaded)) << open;
    EXPECT_EQ(test::saved(loaded), test::saved(log)) << open;
    EXPECT_EQ(loaded.total(), 2U);
    ASSERT_EQ(loaded.newest().size(), 2U);
    EXPECT_EQ(loaded.newest()[0].response, "bump");
    EXPECT_EQ(loaded.observe(1, 9) != nullptr, open);
  }
}

TEST(IncidentLog, RefusesAnOpenOneThatIsNotThere) {
  ByteWriter out;
  out.put<std::uint64_t>(1);
  out.put<std::uint64_t>(7);
  out.put(true);
  out.put<std::uint64_t>(0);
  IncidentLog log;
  EXPECT_FALSE(test::load_from({out.bytes().begin(), out.bytes().end()}, log));
}

TEST(IncidentLog, KeepsApartWhatWasForgotten) {
  IncidentLog log;
  log.open(incident(1), 0);
  log.open(incident(1), 1);
  log.find(1)->forgetting_loss = 0.25;
  ByteWriter out;
  log.save_forgetting(out);
  IncidentLog loaded;
  ASSERT_TRUE(test::load_from(test::saved(log), loaded));
  loaded.find(2)->forgetting_loss = 3;
  ByteReader in(out.bytes());
  loaded.load_forgetting(in);
  EXPECT_TRUE(in.ok() && in.at_end());
  EXPECT_EQ(loaded.find(1)->forgetting_loss, 0.25);
  EXPECT_EQ(loaded.find(2)->forgetting_loss, std::nullopt);
  ByteWriter wanted;
  wanted.put(true);
  wanted.put(0.25);
  wanted.put(false);
  wanted.put(0.0);
  EXPECT_TRUE(std::ranges::equal(out.bytes(), wanted.bytes())) << "a number that is not there is saved as zero";
}

}  // namespace
}  // namespace rekindle
