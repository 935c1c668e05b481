// PageFeed: what the live page and readers of `/events` get: a bounded past, and what happens from now on.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "data/event.hpp"
#include "data/status.hpp"
#include "http/message.hpp"

namespace rekindle {

class PageFeed {
 public:
  // Learner thread. A point of the past, taken when the last one is old enough; when there are too many, every second one goes.
  void observe(const StatusSnapshot& status, double now_seconds);
  [[nodiscard]] bool point_is_due(double now_seconds) const { return now_seconds - last_point_ >= 0.5; }
  // The rates to come, [[updates from now, lr], ...].
  void set_ahead(boost::json::array ahead);
  void add(const Event& event);
  void add(std::string_view type, const boost::json::object& what);

  // HTTP thread. {"points": {name: [values]}, "marks": [...], "ahead": [...]}.
  [[nodiscard]] HttpResponse history() const;
  // Server-sent events after the one that `request` names as its last, or from now on.
  [[nodiscard]] HttpResponse events(const HttpRequest& request) const;

 private:
  struct Point {
    double time = 0;
    std::vector<std::pair<std::string, boost::json::value>> values;
  };
  struct Message {
    std::uint64_t id = 0;
    std::string text;  // As it is sent.
  };
  void send(std::string_view type, const boost::json::value& data);
  [[nodiscard]] std::string after(std::uint64_t& last) const;
  void thin();

  double last_point_ = 0;  // The learner thread's.
  mutable std::mutex mutex_;
  std::vector<Point> points_;
  double interval_ = 0.5;  // Between two kept points, in seconds; doubles when they are thinned.
  std::deque<Message> messages_;
  std::deque<boost::json::object> marks_;
  boost::json::array ahead_;
  std::uint64_t next_id_ = 1;
};

}  // namespace rekindle
