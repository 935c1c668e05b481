// PublishedModel: all that predicts at one moment as a safetensors file, for whoever predicts elsewhere. docs/serving.md has its form.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "data/position.hpp"
#include "data/schema.hpp"
#include "learner/frozen_model.hpp"
#include "learner/learner.hpp"

namespace rekindle {

// Where and when it was.
struct ModelOrigin {
  std::string group;          // The daemon's name: source.group.
  std::string configuration;  // The effective one, as TOML.
  Position position;
  std::int64_t created_ms = 0;
  std::uint64_t version = 0;  // How many samples had come: to the learner, or to the group whose model it is.
};

// The weights of a portfolio are those of all its members, named MEMBER/output.weight and so on.
[[nodiscard]] std::string encode_model(const Learner& learner, const ModelOrigin& origin);

struct PublishedModel {
  std::shared_ptr<FrozenModel> model;
  Schema schema;              // Of the records that it predicts.
  std::uint64_t version = 0;  // How many samples had come.
  std::string group;
  std::string mode;      // single | portfolio
  std::string position;  // {topic: {partition: next offset}}, as JSON.
  std::int64_t created_ms = 0;
  std::size_t bytes = 0;
};

// Predicts to the bit as the learner did. ErrorCode::data: damaged, of something else, or of a newer version.
[[nodiscard]] Result<PublishedModel> decode_model(std::string_view file);

// The version that a whole file names, without looking further; nothing where it names none.
[[nodiscard]] std::uint64_t version_in(std::string_view file);

}  // namespace rekindle
