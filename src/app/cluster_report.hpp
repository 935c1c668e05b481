// The result of a simulated group: as JSON for programs, as a few lines for people, and its rounds as CSV.
#pragma once

#include <boost/json/object.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "app/cluster_simulation.hpp"
#include "base/result.hpp"

namespace rekindle {

// `single`: the learner that learned the whole recording alone.
[[nodiscard]] boost::json::object cluster_json(const ClusterSimulation& group, const Learner& single, double seconds);
[[nodiscard]] std::string cluster_text(const ClusterSimulation& group, const Learner& single, double seconds);

// One row for each round that each worker began.
class RoundTrace {
 public:
  [[nodiscard]] static Result<std::unique_ptr<RoundTrace>> open(const std::string& path);
  void add(const RoundBegun& begun);
  [[nodiscard]] Status close();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  RoundTrace(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}
  std::string path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

}  // namespace rekindle
