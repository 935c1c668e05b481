// A replica that predicts with the models that daemons publish.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/system/daemon_support.hpp"
#include "tests/system/support/eventually.hpp"
#include "tests/system/support/program.hpp"

namespace rekindle::system_test {

// `rekindle serve`; killed with its object.
class Replica {
 public:
  explicit Replica(const Arguments& more) : process_(command(more)) {}

  [[nodiscard]] int port() {
    constexpr std::string_view before = "event=listening url=http://127.0.0.1:";
    std::size_t at = std::string::npos;
    EXPECT_TRUE(eventually([&] { return (at = log().find(before)) != std::string::npos && log().find('\n', at) != std::string::npos; }));
    return std::stoi(log().substr(at + before.size()));
  }
  [[nodiscard]] HttpAnswer get(const std::string& path) { return http_get(port(), path); }
  [[nodiscard]] HttpAnswer post(const std::string& path, const std::string& body) { return http_post(port(), path, body, {}); }
  // Whether it comes to predict with a model that has learned so many samples.
  [[nodiscard]] bool reaches(std::int64_t learned) {
    return eventually([&] {
      const auto answer = boost::json::parse(get("/readyz").body);
      const auto* model = answer.as_object().if_contains("model");
      return model != nullptr && whole_at(*model, "/model_version") == learned;
    });
  }
  [[nodiscard]] std::string log() const { return process_.err(); }
  [[nodiscard]] Process& process() { return process_; }

 private:
  static Arguments command(const Arguments& more) {
    Arguments all = {program(), "serve", "--listen", "127.0.0.1:0"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Process process_;
};

}  // namespace rekindle::system_test
