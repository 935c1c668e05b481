// Power losses and the journal: whatever is left of what was not synced, the daemon goes on where its checkpoint says.
#include "app/journal.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace rekindle {
namespace {

constexpr std::size_t sector = 512;
constexpr int rounds = 6;

// Of three partitions and two topics, with commands between them.
void take_round(JournalWriter& journal, int round) {
  for (int i = 0; i < 40; ++i) {
    RawRecord record;
    record.topic = i % 5 == 0 ? "labels" : "samples";
    record.partition = i / 3 % 3;
    record.offset = round * 100 + i;
    journal.take(record);
  }
  journal.command(static_cast<std::uint64_t>(round), {{"action", "pin"}, {"lr", 0.1 * round}});
}

// Record by record: runs may be cut differently.
std::string told(const JournalContents& contents) {
  std::ostringstream out;
  for (const auto& line : contents.lines) {
    if (!line.run) {
      out << "command " << line.samples << " " << line.command.size() << "\n";
      continue;
    }
    for (auto offset = line.run->from; offset < line.run->to; ++offset)
      out << line.run->topic << " " << line.run->partition << " " << offset << "\n";
  }
  return out.str();
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What may be left of `bytes` when only the first `safe` of them were synced.
std::vector<std::string> after_power_loss(const std::string& bytes, std::size_t safe) {
  std::vector<std::string> out;
  for (auto size = safe; size <= bytes.size(); ++size) out.push_back(bytes.substr(0, size));
  out.push_back(bytes.substr(0, safe) + std::string(bytes.size() - safe, '\0'));
  for (const std::size_t first : {0U, 1U}) {
    auto torn = bytes;
    for (auto at = safe; at < bytes.size(); ++at) {
      if (at / sector % 2 == first) torn[at] = '\0';
    }
    out.push_back(torn);
  }
  return out;
}

enum class Mutation { none, not_synced, not_cut_back };

class JournalPowerLoss : public testing::Test {
 protected:
  void SetUp() override {
    auto name = (std::filesystem::temp_directory_path() / "rekindle-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string path() const { return folder_ + "/journal"; }
  // Returns where each round's checkpoint says that the journal ended, and all bytes of it.
  std::vector<std::uint64_t> write_all(std::string& bytes, std::string& expected) {
    const auto journal = JournalWriter::open(folder_, {}, 0, "seed = 1\n").value();
    std::vector<std::uint64_t> ends;
    for (int round = 0; round < rounds; ++round) {
      take_round(*journal, round);
      ends.push_back(journal->flush().value());
      journal->sync();
    }
    bytes = bytes_of(path());
    expected = told(read_journal(folder_).value());
    return ends;
  }
  // Goes on from the checkpoint of `round`; whether the journal is right in the end.
  bool goes_on(const std::string& left, std::optional<std::uint64_t> keep, int round, const std::string& expected) {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << left;
    const auto journal = JournalWriter::open(folder_, keep, static_cast<std::uint64_t>(round), "seed = 1\n");
    if (!journal) return false;
    for (int next = round + 1; next < rounds; ++next) take_round(**journal, next);
    if (!(*journal)->flush()) return false;
    const auto read = read_journal(folder_);
    return read && told(*read) == expected;
  }
  // States tried, and those that went wrong.
  std::pair<int, int> try_all(Mutation mutation) {
    std::string bytes;
    std::string expected;
    const auto ends = write_all(bytes, expected);
    int tried = 0;
    int wrong = 0;
    for (int round = 0; round + 1 < rounds; ++round) {
      const auto at = static_cast<std::size_t>(round);
      const auto written = bytes.substr(0, ends[at + 1]);
      const auto safe = mutation == Mutation::not_synced && round > 0 ? ends[at - 1] : ends[at];
      for (const auto& left : after_power_loss(written, safe)) {
        ++tried;
        const auto keep = mutation == Mutation::not_cut_back ? left.size() : ends[at];
        if (!goes_on(left, keep, round, expected)) ++wrong;
      }
    }
    return {tried, wrong};
  }
  std::string folder_;
};

TEST_F(JournalPowerLoss, IsGoneOnWithWhereTheCheckpointSays) {
  const auto [tried, wrong] = try_all(Mutation::none);
  std::cout << tried << " states" << std::endl;
  EXPECT_GT(tried, 500);
  EXPECT_EQ(wrong, 0);
}

TEST_F(JournalPowerLoss, IsNoticedWhereTheJournalIsNotSynced) { EXPECT_GT(try_all(Mutation::not_synced).second, 0); }

TEST_F(JournalPowerLoss, IsNoticedWhereTheJournalIsNotCutBack) { EXPECT_GT(try_all(Mutation::not_cut_back).second, 0); }

}  // namespace
}  // namespace rekindle
