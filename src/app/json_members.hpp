// Members: what a JSON object holds, each with the type that it has to have; the first mistake is remembered.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace rekindle {

class JsonMembers {
 public:
  // `path` goes before the names in messages.
  JsonMembers(const boost::json::object& object, std::string path) : object_(object), path_(std::move(path)) {}

  // A default where it is missing or of another type.
  template <class T>
  T one(const char* name, const char* wanted) {
    T out{};
    const auto* value = object_.if_contains(name);
    if (value != nullptr && !take(*value, out)) note(name, wanted);
    return out;
  }
  template <class T>
  std::vector<T> list(const char* name, const char* wanted) {
    std::vector<T> out;
    const auto* value = object_.if_contains(name);
    if (value == nullptr) return out;
    if (!value->is_array()) return note(name, wanted), out;
    for (const auto& element : value->get_array()) {
      if (!take(element, out.emplace_back())) note(name, wanted);
    }
    return out;
  }
  std::string text(const char* name) { return one<std::string>(name, "a text"); }
  std::vector<std::string> texts(const char* name) { return list<std::string>(name, "a list of texts"); }
  std::vector<double> numbers(const char* name) { return list<double>(name, "a list of numbers"); }
  [[nodiscard]] const boost::json::value* find(const char* name) const { return object_.if_contains(name); }
  [[nodiscard]] bool has(const char* name) const { return object_.contains(name); }
  [[nodiscard]] const Status& status() const { return status_; }
  void note(const std::string& name, const char* wanted) {
    if (status_) status_ = fail(ErrorCode::data, "{}{}: expected {}", path_, name, wanted);
  }

  template <class Number>
  static bool take(const boost::json::value& from, Number& to) {
    boost::system::error_code error;
    to = from.to_number<Number>(error);
    return !error;
  }
  static bool take(const boost::json::value& from, std::string& to) {
    if (!from.is_string()) return false;
    to = from.get_string();
    return true;
  }

 private:
  const boost::json::object& object_;
  std::string path_;
  Status status_;
};

}  // namespace rekindle
