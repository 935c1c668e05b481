#include "app/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

namespace rekindle {

namespace {

bool as_json = false;

// In logfmt: what would end the value, or the line.
constexpr const char* needs_quotes = " \"=\n\t\r\v\f\x1b";

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::error: return spdlog::level::err;
    case LogLevel::warn: return spdlog::level::warn;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::debug: return spdlog::level::debug;
  }
  return spdlog::level::info;
}

std::string in_quotes(std::string_view text) { return boost::json::serialize(boost::json::value(boost::json::string(text))); }

}  // namespace

void start_log(const std::string& level, const std::string& format) {
  as_json = format == "json";
  auto logger = spdlog::stderr_logger_mt("rekindle");
  logger->set_level(spdlog::level::from_str(level == "error" ? "err" : level));
  const auto* pattern = as_json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})" : "time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v";
  logger->set_pattern(pattern, spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
}

void set_log_level(const std::string& level) {
  spdlog::default_logger_raw()->set_level(spdlog::level::from_str(level == "error" ? "err" : level));
}

void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (!spdlog::default_logger_raw()->should_log(level_of(level))) return;
  std::string line = as_json ? fmt::format("\"event\":{}", in_quotes(event)) : fmt::format("event={}", event);
  for (const auto& field : fields) {
    const bool quote = field.is_text && (as_json || field.value.empty() || field.value.find_first_of(needs_quotes) != std::string::npos);
    const auto value = quote ? in_quotes(field.value) : field.value;
    line += as_json ? fmt::format(",{}:{}", in_quotes(field.key), value) : fmt::format(" {}={}", field.key, value);
  }
  spdlog::default_logger_raw()->log(level_of(level), line);
}

}  // namespace rekindle
