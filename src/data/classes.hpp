// ClassTable: the classes of a classification task, by name, and the index that stands for each.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "data/sample.hpp"
#include "data/schema.hpp"

namespace rekindle {

// A closed table holds the classes that the schema lists. An open one grows as classes come, up to `max_classes`; a
// binary task that starts with 0/1, -1/1 or false/true takes both at once, in that order, so that 1 and true are the
// positive class whichever comes first (after a 1 alone, the other is 0 until a -1 comes).
class ClassTable {
 public:
  explicit ClassTable(const Schema& schema);

  // The index of the label's class, added when the table is open. size(): there is none, and `error` says why. (A
  // std::optional<std::size_t> is what GCC 12 writes byte by byte and reads at once, for which a core waits longer than the look-up takes.)
  [[nodiscard]] std::size_t index_of(const Label& label, Rejection& error) {
    const auto at = find(label);
    if (at == size()) return index_of_new(label, error);
    zero_is_a_guess_ = zero_is_a_guess_ && at != 0;
    return at;
  }

  // The same without adding.
  [[nodiscard]] std::optional<std::size_t> known(const Label& label) const {
    const auto at = find(label);
    return at == size() ? std::nullopt : std::optional(at);
  }

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

  void save(ByteWriter& out) const;
  void load(ByteReader& in);

 private:
  // size(): it is not there.
  [[nodiscard]] std::size_t find(const Label& label) const;
  [[nodiscard]] std::size_t find(double number) const;
  [[nodiscard]] std::size_t index_of_new(const Label& label, Rejection& error);
  void add(std::string name);
  void restart_with(const std::vector<std::string>& names);
  bool open_;
  std::size_t limit_;
  bool binary_;
  bool zero_is_a_guess_ = false;  // Only 1 was seen yet: its counterpart may still turn out to be -1.
  std::vector<std::string> names_;
  std::map<std::string, std::size_t, std::less<>> by_text_;
  std::vector<std::pair<double, std::size_t>> by_number_;  // Ascending.
};

}  // namespace rekindle
