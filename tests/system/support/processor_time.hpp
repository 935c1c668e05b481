// processor_seconds: how much of a processor another process has taken.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace rekindle::system_test {

// Of its threads of that name which still run, to the nanosecond. "rekindle": those that learn, decode beside and save, together because it
// is a matter of chance which of them decodes a record. Throws where none has the name.
[[nodiscard]] inline double processor_seconds(pid_t process, const std::string& name) {
  const auto first_word = [](const std::filesystem::path& path) {
    std::string word;
    std::ifstream(path) >> word;
    return word;
  };
  double nanoseconds = 0;
  bool found = false;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
    if (first_word(thread.path() / "comm") != name) continue;
    found = true;
    nanoseconds += std::stod(first_word(thread.path() / "schedstat"));
  }
  if (!found) throw std::runtime_error("process " + std::to_string(process) + " has no thread " + name);
  return nanoseconds * 1e-9;
}

}  // namespace rekindle::system_test
