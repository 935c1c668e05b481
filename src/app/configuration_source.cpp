#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <fstream>

#include "app/checker.hpp"
#include "app/token_file.hpp"
#include "connectors/decode/fields.hpp"

namespace rekindle {

void Checker::source(Configuration& out) {
  const auto p = checked("source");
  auto& to = out.source;
  if (p.has("type"))
    to.type = p.string("type") == "file" ? SourceType::file : (p.string("type") == "kafka" ? SourceType::kafka : SourceType::generate);
  if (p.has("path")) to.path = p.string("path");
  if (p.has("format")) to.format = p.string("format");
  if (p.has("follow")) to.follow = p.boolean("follow");
  if (p.has("max_record_bytes")) to.max_record_bytes = p.integer("max_record_bytes");
  if (p.has("on_error")) {
    const auto& on_error = p.string("on_error");
    to.on_error = on_error == "stop" ? OnError::stop : (on_error == "skip" ? OnError::skip : OnError::dead_letter);
  }
  if (p.has("on_error_limit")) error_limit(p, to.on_error_limit);
  out.kafka.max_record_bytes = to.max_record_bytes;
  out.kafka.control = to.control = p.has("control") && p.boolean("control");
  if (p.has("topics")) out.kafka.topics = p.strings("topics");
  if (p.has("topic")) out.kafka.topics.push_back(p.string("topic"));
  if (p.has("group")) out.kafka.group = p.string("group");
  if (p.has("on_data_loss"))
    out.kafka.on_data_loss = p.string("on_data_loss") == "skip" ? kafka::DataLossPolicy::skip : kafka::DataLossPolicy::stop;
  if (p.has("start")) start(p, out.kafka);
  lag(p, to);
  labels_path(p, to);
  source_type(p, out);
  csv(p, to);
  record_schema(p, to);
}

// What a kind of source needs, and what it has no use for.
void Checker::source_type(const Parameters& p, Configuration& out) {
  auto& to = out.source;
  const bool is_file = to.type == SourceType::file;
  const bool type_is_wrong = sub("source").find("type") != nullptr && !p.written("type");
  if (table_.find("source") == nullptr || type_is_wrong) return;
  if (is_file && to.path.empty()) error(place_of("source"), "source.path", "is required for type = \"file\"");
  if (to.type == SourceType::kafka && out.kafka.topics.empty())
    error(place_of("source"), "source.topics", "is required: at least one topic");
  if (p.has("topic") && p.has("topics")) error(p.find("topic")->place, "source.topic", "give topic or topics, not both");
  if (to.follow && !is_file) error(p.find("follow")->place, "source.follow", "is for type = \"file\"; a topic is always followed");
  if (to.follow && to.path == "-") error(p.find("follow")->place, "source.follow", "standard input ends when its writer does");
  generator(p, to);
}

void Checker::generator(const Parameters& p, SourceConfiguration& out) {
  const auto* given = p.find("generator");
  if (p.has("samples")) out.samples = static_cast<std::uint64_t>(p.integer("samples"));
  if (out.type != SourceType::generate) {
    if (given != nullptr) error(given->place, "source.generator", "is for type = \"generate\"");
    return;
  }
  if (given == nullptr)
    return error(place_of("source"), "source.generator", "is required for type = \"generate\", such as { type = \"sea\" }");
  if (out.format != "json") error(p.find("format")->place, "source.format", "generated samples are json");
  out.generator = check_stream(*given->table(), "source.generator", diagnostics_);
  if (out.generator.row != nullptr && out.generator.parameters.integer("label_delay") != 0)
    error(given->table()->find("label_delay")->value.place, "source.generator.label_delay",
          "is for `rekindle generate`; a source of this type has its labels at once");
}

void Checker::lag(const Parameters& p, SourceConfiguration& out) {
  if (p.has("lag_limit")) out.lag_limit = p.integer("lag_limit");
  if (p.has("lag_k")) out.lag_k = p.integer("lag_k");
  if (!p.has("on_lag") || p.string("on_lag") == "learn_all") return;
  out.on_lag = p.string("on_lag") == "learn_1_in_k" ? OnLag::learn_1_in_k : OnLag::skip_to_latest;
  if (out.type != SourceType::kafka) error(p.find("on_lag")->place, "source.on_lag", "is for type = \"kafka\": only a topic runs ahead");
}

void Checker::csv(const Parameters& p, SourceConfiguration& out) {
  if (out.format != "csv") return;
  if (p.has("delimiter")) {
    const auto& text = p.string("delimiter");
    const auto one = text == "\\t" ? std::string("\t") : text;
    // What may be in a number or around a cell cannot stand between two.
    const bool usable = one.size() == 1 && (one[0] == '\t' || one[0] == ' ' || std::ispunct(static_cast<unsigned char>(one[0])) != 0) &&
                        std::string_view("\"+-.").find(one[0]) == std::string_view::npos;
    if (usable) {
      out.delimiter = one[0];
    } else {
      error(p.find("delimiter")->place, "source.delimiter",
            fmt::format("must be one character such as , or ; or \\t, got {}", quoted(text)));
    }
  }
  if (p.has("header")) out.header = p.boolean("header");
  if (!out.header || out.type != SourceType::kafka) return;
  const auto& place = p.find(p.written("header") ? "header" : "format")->place;
  error(place, "source.header",
        "must be false for a topic, whose records have no header line: the columns are c0, c1, ... in [schema] then");
}

// "5% of 1000"
void Checker::error_limit(const Parameters& p, ErrorLimit& out) {
  const auto& text = p.string("on_error_limit");
  double percent = 0;
  std::uint64_t window = 0;
  const auto* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, percent);
  const std::string_view rest(first.ptr, static_cast<std::size_t>(end - first.ptr));
  const std::string_view middle = "% of ";
  bool good = first.ec == std::errc{} && rest.starts_with(middle);
  if (good) {
    const auto second = std::from_chars(first.ptr + middle.size(), end, window);
    good = second.ec == std::errc{} && second.ptr == end && percent >= 0 && percent <= 100 && window >= 1 && window <= 1'000'000;
  }
  if (good) {
    out = {percent / 100, window};
  } else {
    error(p.find("on_error_limit")->place, "source.on_error_limit", fmt::format("must be like \"5% of 1000\", got {}", quoted(text)));
  }
}

void Checker::start(const Parameters& p, kafka::KafkaSourceSettings& out) {
  const auto& text = p.string("start");
  if (text == "earliest" || text == "latest") {
    out.start = text == "latest" ? kafka::Start::latest : kafka::Start::earliest;
    return;
  }
  const auto time = parse_rfc3339(text);
  out.start = kafka::Start::time;
  out.start_time_ms = time.value_or(0);
  if (!time)
    error(p.find("start")->place, "source.start",
          fmt::format("must be earliest, latest or a time such as 2026-11-23T10:00:00Z, got {}", quoted(text)));
}

void Checker::kafka(Configuration& out) {
  const auto p = checked("kafka");
  if (p.has("brokers")) out.kafka.kafka.brokers = p.string("brokers");
  effective_ << "[kafka]\nbrokers = " << quoted(out.kafka.kafka.brokers) << "\n";
  if (p.has("properties")) {
    effective_ << "[kafka.properties]\n";
    for (const auto& entry : p.find("properties")->table()->entries()) property(entry, out);
  }
  if (p.has("secrets")) {
    effective_ << "[kafka.secrets]\n";
    for (const auto& entry : p.find("secrets")->table()->entries()) secret(entry, out);
  }
  out.kafka.queue_kilobytes = std::clamp<std::int64_t>(out.memory_limit / 8 / 1024, 4096, 2'000'000);
}

namespace {

// By its name: whoever writes a password into the file itself should not read it again elsewhere.
bool is_secret(std::string_view key) {
  return std::ranges::any_of(std::array{"password", "secret", "token", "jaas", "pem"},
                             [&](const char* word) { return key.find(word) != std::string_view::npos; });
}

}  // namespace

void Checker::property(const Entry& entry, Configuration& out) {
  const auto key = "kafka.properties." + entry.key;
  if (entry.value.table() != nullptr) {
    error(entry.key_place, key, "a dotted librdkafka key must be quoted, such as \"security.protocol\"");
    return;
  }
  const auto value = entry.value.string() != nullptr ? *entry.value.string() : entry.value.text();
  if (const auto problem = kafka::check_kafka_property(entry.key, value); !problem.empty()) {
    error(entry.value.place, key, problem);
    return;
  }
  effective_ << quoted(entry.key) << " = " << quoted(is_secret(entry.key) ? "***" : value) << "\n";
  out.kafka.kafka.properties.emplace_back(entry.key, value);
}

void Checker::secret(const Entry& entry, Configuration& out) {
  const auto key = "kafka.secrets." + entry.key;
  effective_ << quoted(entry.key) << " = \"***\"\n";
  if (entry.value.string() == nullptr) {
    error(entry.value.place, key, "must be the path of the file that holds the value (a dotted key must be quoted)");
    return;
  }
  std::ifstream file(*entry.value.string());
  std::string secret_value;
  if (!file || !std::getline(file, secret_value)) {
    error(entry.value.place, key, fmt::format("cannot be read from {}", *entry.value.string()));
    return;
  }
  if (!kafka::check_kafka_property(entry.key, secret_value).empty()) {
    error(entry.key_place, key, "librdkafka refuses this key or the value in the file");
    return;
  }
  out.kafka.kafka.properties.emplace_back(entry.key, secret_value);
}

void Checker::http(HttpConfiguration& out) {
  const auto p = checked("http");
  if (p.has("listen")) out.listen = p.string("listen");
  if (const auto* file = p.find("token_file")) token(*file, out);
  tls(p, out);
  if (p.has("max_body_bytes")) out.max_body_bytes = static_cast<std::uint64_t>(p.integer("max_body_bytes"));
  if (p.has("max_connections")) out.max_connections = static_cast<std::uint64_t>(p.integer("max_connections"));
}

// An empty token would let everyone in who says "Bearer".
void Checker::token(const Value& path, HttpConfiguration& out) {
  out.token_file = *path.string();
  auto token = read_token(out.token_file);
  if (!token) return error(path.place, "http.token_file", token.error().message);
  out.token = *std::move(token);
}

void Checker::tls(const Parameters& p, HttpConfiguration& out) {
  const auto* certificate = p.find("tls_certificate");
  const auto* key = p.find("tls_key");
  if (certificate == nullptr && key == nullptr) return;
  if (certificate == nullptr) return error(key->place, "http.tls_key", "is the key of http.tls_certificate, which is missing");
  if (key == nullptr) return error(certificate->place, "http.tls_certificate", "needs its private key, http.tls_key");
  auto certificates = read_tls_certificates(*certificate->string());
  if (!certificates) return error(certificate->place, "http.tls_certificate", certificates.error().message);
  auto secret_key = read_tls_key(*key->string(), *certificates);
  if (!secret_key) return error(key->place, "http.tls_key", secret_key.error().message);
  if (const auto problem = certificate_problem(*certificates); !problem.empty())
    diagnostics_.warn(certificate->place, "http.tls_certificate", fmt::format("{} {}", *certificate->string(), problem));
  out.tls_certificate = *certificate->string();
  out.tls_key = *key->string();
  TlsIdentity identity{*std::move(certificates), *std::move(secret_key)};
  if (const auto usable = make_tls_context(identity); !usable)
    return error(certificate->place, "http.tls_certificate", fmt::format("{}: {}", *certificate->string(), usable.error().message));
  out.tls = std::move(identity);
}

}  // namespace rekindle
