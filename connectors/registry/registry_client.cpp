#include "connectors/registry/registry_client.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <fstream>
#include <map>
#include <vector>

#include "base/result.hpp"
#include "connectors/decode/avro_schema.hpp"
#include "connectors/decode/protobuf_schema.hpp"
#include "connectors/net/curl_exchange.hpp"

namespace rekindle {

namespace {

constexpr std::size_t largest_answer = std::size_t{16} << 20;
constexpr std::size_t most_references = 1000;

struct Reference {
  std::string name;
  std::string subject;
  std::int64_t version = 0;
};

// What the registry says of one schema.
struct Entry {
  std::string schema;
  std::string type = "AVRO";  // What it leaves out.
  std::vector<Reference> references;
};

bool parse_reference(simdjson::dom::element from, Reference& out) {
  std::string_view name;
  std::string_view subject;
  if (from["name"].get_string().get(name) || from["subject"].get_string().get(subject) || from["version"].get_int64().get(out.version))
    return false;
  out.name = name;
  out.subject = subject;
  return true;
}

bool parse_entry(const std::string& body, Entry& out) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::string_view text;
  if (parser.parse(body).get(document) || document["schema"].get_string().get(text)) return false;
  out.schema = text;
  if (!document["schemaType"].get_string().get(text)) out.type = text;
  simdjson::dom::array references;
  if (document["references"].get_array().get(references)) return true;
  for (const auto one : references) {
    if (!parse_reference(one, out.references.emplace_back())) return false;
  }
  return true;
}

// An error of the registry itself, not of something that stands before it or of a wrong path.
bool says_not_found(const CurlAnswer& answer) {
  simdjson::dom::parser parser;
  simdjson::dom::element document;
  std::int64_t code = 0;
  return answer.status == 404 && !parser.parse(answer.body).get(document) && !document["error_code"].get_int64().get(code);
}

}  // namespace

class RegistryClient::Connection {
 public:
  explicit Connection(RegistrySettings settings) : settings_(std::move(settings)) {}

  // An error: there was no answer, and why.
  [[nodiscard]] Result<CurlAnswer> get(const std::string& path, const std::atomic<bool>& stop) {
    const auto password = password_now();
    if (!password) return tl::unexpected(password.error());
    if (auto status = exchange_.prepare({.url = settings_.url + path,
                                         .connect_seconds = 5,
                                         .seconds = longest_request,
                                         .ca_file = settings_.ca_file,
                                         .most_bytes = largest_answer});
        !status)
      return tl::unexpected(status.error());
    exchange_.set(CURLOPT_USERAGENT, "rekindle");
    exchange_.set(CURLOPT_NOPROGRESS, 0L);
    exchange_.set(CURLOPT_XFERINFOFUNCTION, &go_on);
    exchange_.set(CURLOPT_XFERINFODATA, &stop);
    if (!settings_.user.empty()) {
      exchange_.set(CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
      exchange_.set(CURLOPT_USERNAME, settings_.user.c_str());
      exchange_.set(CURLOPT_PASSWORD, password->c_str());
    }
    return exchange_.perform();
  }

  [[nodiscard]] std::string escaped(const std::string& text) const { return exchange_.escaped(text); }
  [[nodiscard]] const RegistrySettings& settings() const { return settings_; }

 private:
  [[nodiscard]] Result<std::string> password_now() const {
    std::string password;
    if (settings_.password_file.empty()) return password;
    std::ifstream file(settings_.password_file);
    if (!std::getline(file, password)) return fail(ErrorCode::io, "the password cannot be read from {}", settings_.password_file);
    if (password.ends_with('\r')) password.pop_back();
    return password;
  }

  static int go_on(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
  }

  RegistrySettings settings_;
  CurlExchange exchange_;
};

namespace {

// Follows one schema to what it imports.
template <class Connection>
class Fetch {
 public:
  Fetch(Connection& connection, const std::atomic<bool>& stop) : connection_(connection), stop_(stop) {}

  RegistryReply run(std::uint32_t id) {
    Entry entry;
    RegistryReply reply;
    if (!take(fmt::format("/schemas/ids/{}", id), entry, reply)) return reply;
    reply.kind = RegistryReply::Kind::schema;
    reply.schema.framed = true;
    if (entry.type == "PROTOBUF") return protobuf(entry, std::move(reply));
    reply.schema.kind = entry.type == "AVRO" ? SchemaKind::avro : SchemaKind::json;
    reply.schema.text = std::move(entry.schema);
    if (entry.type != "AVRO") return reply;
    if (!entry.references.empty()) {
      reply.schema.problem = "it refers to other subjects, which is not supported for Avro: register it as one schema";
    } else if (const auto parsed = AvroSchema::parse(reply.schema.text); !parsed) {
      reply.schema.problem = parsed.error().message;
    }
    return reply;
  }

 private:
  // False: `reply` says why there is nothing.
  bool take(const std::string& path, Entry& out, RegistryReply& reply) {
    const auto answer = connection_.get(path, stop_);
    const auto failed = [&](const std::string& why) {
      reply.kind = RegistryReply::Kind::failed;
      reply.why = why;
      return false;
    };
    if (!answer) return failed(answer.error().message);
    if (says_not_found(*answer)) {
      reply.kind = RegistryReply::Kind::unknown;
      return false;
    }
    const auto& user = connection_.settings().user;
    const auto as = user.empty() ? std::string("without a user") : "as user " + user;
    if (answer->status == 401 || answer->status == 403) return failed(fmt::format("it refuses us {} (HTTP {})", as, answer->status));
    if (answer->status != 200) return failed(fmt::format("{} answered with HTTP {}", path, answer->status));
    return parse_entry(answer->body, out) || failed(fmt::format("{} answered with something that is no schema", path));
  }

  RegistryReply protobuf(const Entry& entry, RegistryReply reply) {
    const std::string name = "schema.proto";
    texts_[name] = entry.schema;
    if (!follow(entry.references, reply)) return reply;
    reply.schema.kind = SchemaKind::protobuf;
    auto compiled = compile_proto(name, texts_);
    if (compiled) {
      reply.schema.text = *std::move(compiled);
    } else {
      reply.schema.problem = compiled.error().message;
    }
    return reply;
  }

  bool follow(const std::vector<Reference>& references, RegistryReply& reply) {
    for (const auto& one : references) {
      if (texts_.contains(one.name)) continue;
      Entry entry;
      RegistryReply failed;
      const bool found = texts_.size() < most_references &&
                         take(fmt::format("/subjects/{}/versions/{}", connection_.escaped(one.subject), one.version), entry, failed);
      if (!found && failed.kind == RegistryReply::Kind::failed && texts_.size() < most_references) {
        reply = std::move(failed);
        return false;
      }
      if (!found) {
        reply.schema.problem = fmt::format("it imports {}, which the registry does not have", one.name);
        return false;
      }
      texts_[one.name] = entry.schema;
      if (!follow(entry.references, reply)) return false;
    }
    return true;
  }

  Connection& connection_;
  const std::atomic<bool>& stop_;
  std::map<std::string, std::string> texts_;  // By the name that imports use.
};

}  // namespace

RegistryClient::RegistryClient(RegistrySettings settings) : connection_(std::make_unique<Connection>(std::move(settings))) {}
RegistryClient::~RegistryClient() = default;

RegistryReply RegistryClient::fetch(std::uint32_t id, const std::atomic<bool>& stop) { return Fetch(*connection_, stop).run(id); }

}  // namespace rekindle
