// Fields that are missing, categorical fields, and everything that makes sparse features.
#include <fmt/format.h>

#include <algorithm>

#include "app/checker.hpp"
#include "base/suggest.hpp"
#include "connectors/decode/fields.hpp"

namespace rekindle {

namespace {

bool names_its_own_features(const SourceConfiguration& source) { return source.format == "vw" || source.format == "libsvm"; }

}  // namespace

std::optional<MissingPolicy> Checker::missing_policy(const Value& value, const std::string& key) {
  const auto* name = value.string();
  for (const auto policy : {MissingPolicy::reject, MissingPolicy::zero, MissingPolicy::mean}) {
    if (name != nullptr && *name == to_string(policy)) return policy;
  }
  error(value.place, key, fmt::format("must be one of reject, zero, mean, got {}", value.text()));
  return std::nullopt;
}

// One policy for all fields, or { default = ..., field = ... }.
void Checker::missing(const Value& value, Schema& out) {
  const auto* fields = value.table();
  if (fields == nullptr) {
    out.missing = missing_policy(value, "schema.missing").value_or(out.missing);
    return;
  }
  auto known = out.features;
  known.insert(known.end(), out.categorical.begin(), out.categorical.end());
  for (const auto& entry : fields->entries()) {
    const auto key = "schema.missing." + entry.key;
    const auto policy = missing_policy(entry.value, key).value_or(MissingPolicy::reject);
    if (entry.key == "default") {
      out.missing = policy;
      continue;
    }
    out.missing_of.emplace(entry.key, policy);
    // Without a list of features any field may be one.
    const auto whole = entry.key.substr(0, entry.key.rfind('['));
    const bool listed = std::ranges::find(known, entry.key) != known.end() || std::ranges::find(known, whole) != known.end();
    if (!listed && !out.features.empty()) error(entry.key_place, key, "is no feature of this schema" + did_you_mean(entry.key, known));
  }
}

void Checker::categorical(const Value& value, const Schema& schema) {
  const auto& names = *value.array();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& name = *names[i].string();
    const auto same = [&](const Value& one) { return *one.string() == name; };
    if (name.empty()) error(names[i].place, "schema.categorical", "must not be empty");
    if (std::ranges::any_of(std::span(names).first(i), same))
      error(names[i].place, "schema.categorical", fmt::format("{} is there twice", quoted(name)));
    const bool has_role =
        name == schema.label || name == schema.weight || name == schema.id || name == schema.time || name == schema.incumbent;
    if (has_role && !name.empty())
      error(names[i].place, "schema.categorical", fmt::format("{} has another role in this schema", quoted(name)));
  }
}

void Checker::sparse(const Parameters& p, Configuration& out) {
  auto& spec = out.learner.categories;
  const auto& schema = out.learner.schema;
  if (p.has("hash_bits")) spec.hash_bits = static_cast<unsigned>(p.integer("hash_bits"));
  if (p.has("encode")) spec.encoding = p.string("encode") == "hash" ? Encoding::hash : Encoding::onehot;
  spec.fields = schema.categorical;
  out.source.hash_bits = spec.hash_bits;
  out.learner.memory_limit = static_cast<std::uint64_t>(out.memory_limit);
  const bool hashed_records = names_its_own_features(out.source);
  const auto* fields = sub("schema").find("categorical");
  if (hashed_records && fields != nullptr && !schema.categorical.empty())
    error(fields->value.place, "schema.categorical", fmt::format("a {} record has no fields; its features are its own", out.source.format));
  if (p.has("interactions")) {
    for (const auto& pair : *p.find("interactions")->array()) {
      if (out.source.format == "libsvm") {
        error(pair.place, "preprocess.interactions", "a libsvm record has neither namespaces nor categorical fields");
      } else if (hashed_records) {
        namespace_pair(pair, out.source);
      } else {
        category_pair(pair, schema, spec);
      }
    }
  }
  const std::size_t all = std::size_t{1} << spec.hash_bits;
  if (hashed_records || (!schema.categorical.empty() && spec.encoding == Encoding::hash)) out.learner.sparse_coordinates = all;
  if (!hashed_records && !schema.categorical.empty() && spec.encoding == Encoding::onehot) out.learner.sparse_coordinates = 0;
}

void Checker::namespace_pair(const Value& value, SourceConfiguration& out) {
  const auto& pair = *value.string();
  if (pair.size() == 2 && pair.find('|') == std::string::npos) {
    out.interactions.push_back(pair);
    return;
  }
  error(value.place, "preprocess.interactions",
        fmt::format("must be the first letters of two namespaces, such as \"ab\", got {}", quoted(pair)));
}

void Checker::category_pair(const Value& value, const Schema& schema, CategorySpec& out) {
  const auto& text = *value.string();
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(schema.categorical, name) - schema.categorical.begin());
  };
  const auto star = text.find('*');
  const auto first = index_of(text.substr(0, star));
  const auto second = star == std::string::npos ? schema.categorical.size() : index_of(text.substr(star + 1));
  const bool known = first < schema.categorical.size() && second < schema.categorical.size() && first != second;
  if (known) {
    out.pairs.emplace_back(first, second);
    return;
  }
  error(value.place, "preprocess.interactions",
        fmt::format("must be two fields of schema.categorical joined by *, such as \"a*b\", got {}", quoted(text)));
}

// A class has a weight for every coordinate: no more classes than there is memory for.
void Checker::bound_classes(const MemoryNeed& need, LearnerSpec& out) {
  if (out.sparse_coordinates.value_or(0) == 0) return;
  auto& schema = out.schema;
  const auto needed = schema.task == Task::multiclass ? std::max<std::size_t>(2, schema.classes.size()) : 1;
  if (!rekindle::fits_memory(out, need, needed, *out.sparse_coordinates)) {
    const auto* bits = sub("preprocess").find("hash_bits");
    error(bits == nullptr ? place_of("preprocess") : bits->value.place, "preprocess.hash_bits",
          fmt::format("2^{} weights for {} outputs do not fit memory_limit: {:.0f} bytes each, with all their copies",
                      out.categories.hash_bits, needed, need.a_weight));
    return;
  }
  if (schema.task != Task::multiclass) return;
  while (!rekindle::fits_memory(out, need, schema.max_classes, *out.sparse_coordinates)) --schema.max_classes;
}

}  // namespace rekindle
