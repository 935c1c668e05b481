// Included by every source file that survey.py has changed: constants and comparisons that the environment switches, one at a time.
#pragma once

namespace survey {

constexpr int most_switches = 1 << 14;

extern int active;  // Which one is switched; -1: none, and the program is the unchanged one.
extern unsigned char reached[most_switches];

[[nodiscard]] inline bool on(int id) {
  reached[id] = 1;
  return id == active;
}

// `a < b` is written `a < Switch<Order::less>{id} < b`, which reads from left to right as `a < b` does. T and U are those of the
// comparison, so that what is compared stays the same.
enum class Order { less, at_most, greater, at_least, equal, unequal };

template <Order order>
struct Switch {
  int id;
};

template <class T, Order order>
struct Left {
  const T& value;
  int id;
};

template <Order order, class T, class U>
[[nodiscard]] bool compare(const T& a, const U& b) {
  if constexpr (order == Order::less) return a < b;
  if constexpr (order == Order::at_most) return a <= b;
  if constexpr (order == Order::greater) return a > b;
  if constexpr (order == Order::at_least) return a >= b;
  if constexpr (order == Order::equal) return a == b;
  if constexpr (order == Order::unequal) return a != b;
}

#define SURVEY_SWITCHES(symbol, order, other)                                                         \
  template <class T>                                                                                  \
  [[nodiscard]] Left<T, Order::order> operator symbol(const T& a, Switch<Order::order> which) {       \
    return {a, which.id};                                                                             \
  }                                                                                                   \
  template <class T, class U>                                                                         \
  [[nodiscard]] bool operator symbol(Left<T, Order::order> left, const U& b) {                        \
    return on(left.id) ? compare<Order::other>(left.value, b) : compare<Order::order>(left.value, b); \
  }
SURVEY_SWITCHES(<, less, at_most)
SURVEY_SWITCHES(<=, at_most, less)
SURVEY_SWITCHES(>, greater, at_least)
SURVEY_SWITCHES(>=, at_least, greater)
SURVEY_SWITCHES(==, equal, unequal)
SURVEY_SWITCHES(!=, unequal, equal)
#undef SURVEY_SWITCHES

}  // namespace survey
