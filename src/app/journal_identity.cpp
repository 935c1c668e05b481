#include "app/journal_identity.hpp"

#include <fmt/format.h>

#include <fstream>
#include <random>

namespace rekindle {

namespace {
std::string path_in(const std::string& directory) { return directory + "/journal.id"; }
}  // namespace

std::string journal_identity(const std::string& directory) {
  std::ifstream file(path_in(directory));
  std::string identity;
  file >> identity;
  return identity;
}

// Where it cannot be written, the next start finds another and begins a new journal.
std::string renew_journal_identity(const std::string& directory) {
  std::random_device random;
  const auto identity = fmt::format("{:08x}{:08x}", random(), random());
  std::ofstream(path_in(directory)) << identity << '\n';
  return identity;
}

}  // namespace rekindle
