#include "data/incident.hpp"

namespace rekindle {

namespace {
template <class T>
void save_optional(ByteWriter& out, const std::optional<T>& value) {
  out.put(value.has_value());
  out.put(value.value_or(T{}));
}
template <class T>
void load_optional(ByteReader& in, std::optional<T>& value) {
  const bool present = in.get<std::uint8_t>() != 0;
  const T read = in.get<T>();
  value = present ? std::optional<T>(read) : std::nullopt;
}
}  // namespace

void Incident::save(ByteWriter& out) const {
  out.put(id);
  out.put(sample);
  for (const auto* name : {&detector, &severity, &kind, &response}) out.put_string(*name);
  for (const double number : {statistic, mean_before, mean_after, lr_before, lr_after}) out.put(number);
  save_optional(out, loss_before);
  save_optional(out, loss_peak);
  save_optional(out, recovered_after);
  out.put(rolled_back);
  out.put(size);
  out.put_string(signal);
  for (const auto* number : {&values_before, &values_after, &p}) save_optional(out, *number);
}

void Incident::load(ByteReader& in) {
  in.get_into(id);
  in.get_into(sample);
  for (auto* name : {&detector, &severity, &kind, &response}) *name = in.get_string();
  for (auto* number : {&statistic, &mean_before, &mean_after, &lr_before, &lr_after}) in.get_into(*number);
  load_optional(in, loss_before);
  load_optional(in, loss_peak);
  load_optional(in, recovered_after);
  rolled_back = in.get<std::uint8_t>() != 0;
  in.get_into(size);
  signal = in.get_string();
  for (auto* number : {&values_before, &values_after, &p}) load_optional(in, *number);
}

void Incident::save_notes(ByteWriter& out) const {
  out.put(time_ms);
  out.put_string(tried);
  save_optional(out, loss_served);
  save_optional(out, loss_without_response);
}

void Incident::load_notes(ByteReader& in) {
  in.get_into(time_ms);
  tried = in.get_string();
  load_optional(in, loss_served);
  load_optional(in, loss_without_response);
}

}  // namespace rekindle
