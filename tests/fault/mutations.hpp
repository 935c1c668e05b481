// Mutations: the mistakes that a checkpoint store can make; the fault tests have to notice each one.
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "checkpoint/file_system.hpp"

namespace rekindle {

// A file system between the store and the simulated disk that makes one mistake, as if the store had made it.
struct Mutation {
  std::string name;
  std::function<std::unique_ptr<FileSystem>(FileSystem&)> wrap;
};

// How GoogleTest shows one as a parameter.
inline void PrintTo(const Mutation& mutation, std::ostream* out) { *out << mutation.name; }

[[nodiscard]] Mutation no_mutation();
[[nodiscard]] std::vector<Mutation> all_mutations();

}  // namespace rekindle
