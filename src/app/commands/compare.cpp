#include <fmt/format.h>

#include <memory>
#include <optional>

#include "app/commands/command.hpp"
#include "app/commands/stretch_options.hpp"
#include "app/compare_report.hpp"
#include "app/contest.hpp"
#include "app/ranking.hpp"
#include "app/report_file.hpp"
#include "app/rivals.hpp"
#include "app/signals.hpp"
#include "http/json_text.hpp"

namespace rekindle {

namespace {

struct CompareOptions {
  std::vector<std::string> files;
  std::vector<std::string> settings;
  std::vector<std::string> sweeps;
  std::string from;
  std::string state;
  std::string report;
  std::string truth;
  StretchOptions stretch;
  bool json = false;
};

// "a,[1,2],b" -> "a", "[1,2]", "b": a comma inside brackets or quotes is no boundary.
std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> out(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    }
    if (c == ',' && depth == 0 && quote == 0) {
      out.emplace_back();
    } else {
      out.back() += c;
    }
  }
  return out;
}

// Every combination of the swept values, as settings.
Result<std::vector<std::vector<std::string>>> combinations(const std::vector<std::string>& sweeps) {
  std::vector<std::vector<std::string>> all(1);
  for (const auto& sweep : sweeps) {
    const auto equals = sweep.find('=');
    if (equals == std::string::npos || equals == 0) return fail(ErrorCode::usage, "--sweep wants key=a,b,c, got \"{}\"", sweep);
    std::vector<std::vector<std::string>> more;
    for (const auto& before : all) {
      for (const auto& value : split_values(sweep.substr(equals + 1))) {
        more.push_back(before);
        more.back().push_back(sweep.substr(0, equals + 1) + value);
      }
    }
    all = std::move(more);
  }
  return all;
}

struct Entry {
  std::string name;
  Configuration configuration;
};

Result<std::vector<Entry>> load_entries(const CompareOptions& options) {
  const auto sweeps = combinations(options.sweeps);
  if (!sweeps) return tl::unexpected(sweeps.error());
  std::vector<Entry> entries;
  for (const auto& file : options.files) {
    for (const auto& swept : *sweeps) {
      ConfigurationOptions one{file, options.settings};
      one.settings.insert(one.settings.end(), swept.begin(), swept.end());
      auto loaded = one.load();
      if (!loaded) return tl::unexpected(loaded.error());
      entries.push_back({swept.empty() ? file : fmt::format("{} {}", file, fmt::join(swept, " ")), *std::move(loaded)});
    }
  }
  return entries;
}

// The lines of one section of an effective configuration.
std::string section_text(const std::string& text, const std::string& name) {
  const auto head = "[" + name + "]\n";
  const auto begin = text.find(head);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find("\n[", begin) - begin);
}

// One pass decodes once: all have to read the records alike.
Status all_read_alike(const std::vector<Entry>& entries) {
  const auto& first = entries.front();
  for (const auto& other : entries) {
    const bool same_form = other.configuration.source.format == first.configuration.source.format &&
                           other.configuration.source.delimiter == first.configuration.source.delimiter &&
                           other.configuration.source.header == first.configuration.source.header;
    const bool same_schema = section_text(other.configuration.text, "schema") == section_text(first.configuration.text, "schema");
    if (same_form && same_schema) continue;
    return fail(ErrorCode::configuration, "{} and {} differ in {}: they would not see the same samples", first.name, other.name,
                same_form ? "[schema]" : "[source]");
  }
  return {};
}

std::vector<Contestant> contestants_of(const std::vector<Entry>& entries) {
  std::vector<std::pair<std::string, LearnerSpec>> all;
  for (const auto& entry : entries) all.emplace_back(entry.name, entry.configuration.learner);
  for (auto& rival : rival_specs(entries.front().configuration.learner)) all.push_back(std::move(rival));
  std::vector<Contestant> out;
  for (auto& [name, spec] : all) {
    spec.shadow = false;  // It changes nothing of what is compared, costs as much as another learner, and the rivals are the better answer.
    out.emplace_back(std::move(name), std::move(spec));
  }
  return out;
}

// What of the state does not go on where the configuration is another.
void tell_notes(const Contest& contest, std::size_t named) {
  for (std::size_t i = 0; i < named; ++i) {
    const auto& one = contest.contestants()[i];
    for (const auto& note : one.notes()) fmt::print(stderr, "{}: {}\n", one.name(), note);
  }
}

struct Found {
  const std::vector<Entry>& entries;
  const std::vector<Contestant>& contestants;
  const std::vector<PlannedDrift>* drifts;
};

Status tell(const CompareOptions& options, const Found& found, std::optional<ReportFile>& report) {
  const auto rows = ranked(found.contestants, found.entries.front().configuration.seed);
  const auto samples = found.contestants.front().samples();
  if (report) {
    std::vector<NamedText> configurations;
    for (const auto& entry : found.entries) configurations.push_back({entry.name, entry.configuration.text});
    const CompareReport shown{options.from, samples, rows, configurations, found.drifts};
    if (auto status = report->write(shown.json()); !status) return status;
  }
  if (options.json) {
    fmt::print("{}\n", json_text(ranking_json(rows, found.drifts)));
  } else {
    fmt::print("{}", ranking_text(rows, samples, found.drifts));
  }
  return {};
}

Status compare(const CompareOptions& options) {
  auto entries = load_entries(options);
  if (!entries) return tl::unexpected(entries.error());
  if (auto status = all_read_alike(*entries); !status) return status;
  std::optional<ReportFile> report;
  if (!options.report.empty()) {
    auto opened = ReportFile::open(options.report);
    if (!opened) return tl::unexpected(opened.error());
    report = *std::move(opened);
  }
  std::optional<std::vector<PlannedDrift>> truth;
  if (!options.truth.empty()) {
    auto read = read_truth(options.truth);
    if (!read) return tl::unexpected(read.error());
    truth = *std::move(read);
  }
  const auto stretch = options.stretch.read();
  if (!stretch) return tl::unexpected(stretch.error());
  install_signal_handlers();
  const auto& first = entries->front().configuration;
  Contest contest(contestants_of(*entries));
  Session session(first);
  session.add_observer(contest);
  if (!options.state.empty()) {
    auto loaded = load_checkpoint(options.state);
    if (!loaded) return tl::unexpected(loaded.error());
    contest.start_from(std::move(loaded->checkpoint.sections));
  }
  ErrorBudget budget(first.source.on_error_limit);
  RecordingPass pass({options.from, *stretch, "compare", {}, options.stretch.cache}, first.source, session, budget);
  pass.let_follow(contest);
  if (auto status = pass.run(); !status) return status;
  if (!contest.status()) return contest.status();
  if (!contest.started()) {
    return fail(ErrorCode::data, "{}: nothing to learn from: {}", options.from,
                session.rejected_early() == 0 ? "it has no records" : budget.worst());
  }
  tell_notes(contest, entries->size());
  const auto& leader = contest.contestants().front();
  if (leader.scores().count() == 0) {
    return fail(ErrorCode::data, "{}: no sample has a label (schema.label is \"{}\"): there is nothing to rank by", options.from,
                first.learner.schema.label);
  }
  return tell(options, {*entries, contest.contestants(), truth ? &*truth : nullptr}, report);
}

}  // namespace

void add_compare(CLI::App& app, CommandAction& chosen) {
  auto* command = app.add_subcommand("compare", "Several configurations over one recording, ranked, with the best constant LR beside them");
  command->footer(
      "Beside the configurations run the first one with no response to drift, and with each of 12 constant learning rates.\n\n"
      "Examples:\n  rekindle compare -c now.toml -c next.toml --from samples.jsonl\n"
      "  rekindle compare -c rekindle.toml --sweep optimizer.type=sgd,adam,rmsprop --sweep schedule.lr=0.01,0.1 --from samples.jsonl\n"
      "  rekindle compare -c rekindle.toml --sweep drift.policy=none,restart --state state --from today.jsonl   (from one state)");
  auto options = std::make_shared<CompareOptions>();
  command->add_option("-c,--config", options->files, "Configuration file (TOML); several times")->required()->take_all();
  command->add_option("--from", options->from, "The recording; \"-\" is standard input")->required();
  command->add_option("--set", options->settings, "Override a key in all of them")->take_all();
  command->add_option("--sweep", options->sweeps, "key=a,b,c: each configuration with each of these values; several: all combinations")
      ->take_all();
  command->add_option("--state", options->state, "A checkpoint, or a folder of them, that all begin from");
  options->stretch.add_to(*command);
  command->add_option("--truth", options->truth, "The .truth.csv of a generated stream: how each one's incidents hold up against it");
  command->add_option("--report", options->report, "Write one HTML page with the ranking, charts and incidents to this file");
  command->add_flag("--json", options->json, "As one JSON document");
  command->callback([=, &chosen] { chosen = [=] { return compare(*options); }; });
}

}  // namespace rekindle
