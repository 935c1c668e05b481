#include "app/reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "app/sections.hpp"
#include "app/toml.hpp"

namespace rekindle {

namespace {

constexpr std::array learner_sections = {"seed", "schema", "preprocess", "model", "learner", "optimizer", "schedule", "drift"};

bool is_reloadable(std::span<const ParameterSpec> specs, const std::string& key) {
  const auto spec = std::ranges::find(specs, key, &ParameterSpec::name);
  return spec != specs.end() && spec->reloadable;
}

// Everything of [drift] may change: detectors with other parameters start anew.
bool is_reloadable(const std::string& section_name, const std::string& key) {
  if (section_name == "drift") return true;
  if (section_name == "schedule") return is_reloadable(schedule_section_keys(), key);
  return is_reloadable(section(section_name).keys, key);
}

std::string text_of(const Entry* entry) { return entry == nullptr ? "" : entry->value.text(); }

const Table* section_of(const Table& table, const std::string& name) {
  const auto* entry = table.find(name);
  return entry == nullptr ? nullptr : entry->value.table();
}

// The same but for one key, which is as in `from`, or left out as there.
Table with_key_of(const Table& old, const Table* from, const std::string& key) {
  Table out;
  const auto* wanted = from == nullptr ? nullptr : from->find(key);
  for (const auto& entry : old.entries()) {
    if (entry.key != key) out.set(entry.key, entry.value, entry.key_place);
  }
  if (wanted != nullptr) out.set(key, wanted->value, wanted->key_place);
  return out;
}

class Differences {
 public:
  Differences(const Table& now, const Table& wanted) : wanted_(wanted), mixed(now) {}

  void compare_all() {
    std::set<std::string> names;
    for (const Table* table : {static_cast<const Table*>(&mixed), &wanted_}) {
      for (const auto& entry : table->entries()) names.insert(entry.key);
    }
    for (const auto& name : names) compare(name);
  }

 private:
  const Table& wanted_;

 public:
  Table mixed;
  std::vector<std::string> changed;
  std::vector<std::string> needs_restart;

 private:
  void compare(const std::string& name) {
    const auto* new_section = section_of(wanted_, name);
    const auto* old_section = section_of(mixed, name);
    if (new_section == nullptr && old_section == nullptr) {
      if (text_of(mixed.find(name)) == text_of(wanted_.find(name))) return;
      if (note(is_reloadable("", name), name)) mixed = with_key_of(mixed, &wanted_, name);
      return;
    }
    std::set<std::string> keys;
    for (const auto* table : {old_section, new_section}) {
      if (table == nullptr) continue;
      for (const auto& entry : table->entries()) keys.insert(entry.key);
    }
    for (const auto& key : keys) compare_key(name, key, new_section);
  }

  void compare_key(const std::string& name, const std::string& key, const Table* new_section) {
    static const Table nothing;
    const auto* now = section_of(mixed, name);
    const auto& old = now == nullptr ? nothing : *now;
    if (text_of(old.find(key)) == text_of(new_section == nullptr ? nullptr : new_section->find(key))) return;
    if (!note(is_reloadable(name, key), name + "." + key)) return;
    auto merged = with_key_of(old, new_section, key);
    const auto place = mixed.find(name) == nullptr ? Place() : mixed.find(name)->key_place;
    // A section with nothing in it is not the same as none: [schedule] chooses the mode.
    if (now != nullptr || !merged.entries().empty()) mixed.set(name, Value(std::move(merged), place), place);
  }

  bool note(bool reloadable, const std::string& key) {
    (reloadable ? changed : needs_restart).push_back(key);
    return reloadable;
  }
};

}  // namespace

Result<ReloadPlan> plan_reload(const Configuration& now, const Configuration& wanted) {
  Differences differences(now.given, wanted.given);
  differences.compare_all();
  Diagnostics diagnostics;
  ReloadPlan plan{check_configuration(differences.mixed, wanted.file, diagnostics), std::move(differences.changed),
                  std::move(differences.needs_restart)};
  if (!diagnostics.failed()) return plan;
  std::string lines;
  for (const auto& one : diagnostics.all()) lines += (lines.empty() ? "" : "\n") + one.text();
  return fail(ErrorCode::configuration, "{}", lines);
}

std::string learner_text(const std::string& text) {
  Diagnostics ignored;
  const auto table = read_toml_text(text, "configuration", ignored);
  std::string out;
  for (const auto* name : learner_sections) out += fmt::format("{} = {}\n", name, text_of(table.find(name)));
  return out;
}

Result<Configuration> learner_configuration(const std::string& text) {
  Diagnostics diagnostics;
  const auto table = read_toml_text(text, "journal", diagnostics);
  Table kept;
  for (const auto* name : learner_sections) {
    if (const auto* entry = table.find(name)) kept.set(name, entry->value, entry->key_place);
  }
  Table source;
  source.set("topic", Value(std::string("journal")), {});
  kept.set("source", Value(std::move(source)), {});
  auto configuration = check_configuration(kept, "journal", diagnostics);
  if (!diagnostics.failed()) return configuration;
  return fail(ErrorCode::data, "the configuration in the journal is not valid here: {}", diagnostics.all().front().text());
}

}  // namespace rekindle
