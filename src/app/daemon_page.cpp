// What the daemon keeps for the live page and for the journal.
#include <algorithm>
#include <charconv>

#include "app/daemon.hpp"
#include "app/journal_identity.hpp"
#include "app/log.hpp"
#include "app/reload.hpp"
#include "learner/frozen_model.hpp"

namespace rekindle {

namespace {

constexpr std::uint64_t rates_ahead = 120;
constexpr std::uint64_t least_ahead = 2000;
constexpr std::uint64_t most_ahead = 1'000'000;
constexpr double ahead_every = 2;

std::optional<std::uint64_t> journal_size(const std::map<std::string, std::string>* summary) {
  if (summary == nullptr || !summary->contains("journal")) return std::nullopt;
  const auto& text = summary->at("journal");
  std::uint64_t size = 0;
  const bool whole = std::from_chars(text.data(), text.data() + text.size(), size).ec == std::errc();
  return whole ? std::optional(size) : std::nullopt;
}

}  // namespace

// Goes on where the checkpoint was made: what came after it is taken again, maybe in another order.
Status Daemon::open_journal(const std::map<std::string, std::string>* summary, const std::string& saved_configuration) {
  if (!configuration_.checkpoint.journal) return {};
  const auto* learner = session_.learner();
  const auto samples = learner == nullptr ? 0 : learner->counters().samples;
  const bool restored = summary != nullptr;
  const auto& directory = configuration_.checkpoint.directory;
  auto keep = journal_size(summary);
  if (writer_->store().is_remote()) {
    journal_id_ = journal_identity(directory);
    const bool same = restored && summary->contains("journal_id") && summary->at("journal_id") == journal_id_;
    if (!same) keep.reset();
    if (!same || journal_id_.empty()) journal_id_ = renew_journal_identity(directory);
  }
  auto opened = JournalWriter::open(directory, keep, samples, configuration_.text);
  if (!opened) return tl::unexpected(opened.error());
  journal_ = *std::move(opened);
  if (journal_->began_late()) log_event(LogLevel::warn, "journal_begins_late", {{"samples", samples}});
  const bool changed = restored && learner_text(saved_configuration) != learner_text(configuration_.text);
  if (changed && !journal_->began_late()) journal_->command(samples, {{"action", "reload"}, {"configuration", configuration_.text}});
  return {};
}

void Daemon::feed_page(const StatusSnapshot& snapshot) {
  const auto now = wall_seconds();
  if (!http_ || !feed_.point_is_due(now)) return;
  feed_.observe(snapshot, now);
  const auto* learner = session_.learner();
  if (learner == nullptr || now - ahead_sent_ < ahead_every) return;
  ahead_sent_ = now;
  const auto horizon = std::clamp(learner->counters().updates, least_ahead, most_ahead);
  boost::json::array ahead;
  for (std::uint64_t i = 0; i <= rates_ahead; ++i) {
    const auto updates = horizon * i / rates_ahead;
    ahead.push_back(boost::json::array{updates, json_number(rate_ahead(*learner, updates))});
  }
  feed_.set_ahead(std::move(ahead));
}

}  // namespace rekindle
