#include "app/replica.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <thread>

#include "app/daemon_http.hpp"
#include "app/log.hpp"
#include "app/operator_command.hpp"
#include "app/signals.hpp"
#include "app/version.hpp"
#include "metrics/exporter.hpp"

namespace rekindle {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr auto look_every = 200ms;
constexpr double alive_within = 60;

double age_of(const PublishedModel& model) { return std::max(0.0, wall_seconds() - static_cast<double>(model.created_ms) / 1000); }

json::object model_json(const PublishedModel& model) {
  return {{"version", model.version},
          {"model_version", model.model->version()},
          {"age_seconds", json_number(age_of(model))},
          {"created_seconds", json_number(static_cast<double>(model.created_ms) / 1000)}};
}

json::value text_or_null(const std::string& text) { return text.empty() ? json::value(nullptr) : json::value(text); }

HttpResponse refused_command(const HttpRequest& /*request*/) {
  return error_response(403, "a replica only predicts: commands go to the daemon that learns");
}

}  // namespace

Replica::Replica(ReplicaOptions options)
    : options_(std::move(options)),
      folder_(options_.folder),
      models_(std::make_shared<ModelBoard>(Schema(), options_of_predict(options_.http))),
      last_look_(steady_now()),
      started_seconds_(wall_seconds()) {}

Replica::~Replica() = default;

std::string Replica::source() const { return options_.folder.empty() ? "topic " + options_.topic.topic : options_.folder; }

Status Replica::start() {
  auto snapshot = std::make_shared<StatusSnapshot>();
  snapshot->version = version;
  snapshot->commit = commit;
  board_->publish(std::move(snapshot));
  if (options_.folder.empty()) {
    auto topic = kafka::ModelTopic::open(options_.topic);
    if (!topic) return tl::unexpected(topic.error());
    topic_ = *std::move(topic);
  }
  view_.problem = "looking for one";
  return listen();
}

Status Replica::listen() {
  HttpServices services;
  services.status = board_;
  services.predictor = models_;
  services.alive = [this] { return seconds_since(last_look_.load()) < alive_within; };
  services.more = {
      {"GET", "/metrics", "series for Prometheus", [this](const auto&) { return metrics(); }},
      {"GET", "/readyz", "whether there is a model to predict with, and how old it is", [this](const auto&) { return readiness(); }},
      {"GET", "/status", "the model, and where it comes from", [this](const auto&) { return status(); }},
      {"GET", "/incidents", "", [](const auto&) { return error_response(404, "a replica watches for no drift: ask the daemon"); }}};
  for (const auto& action : operator_actions())
    services.more.push_back({"POST", std::string("/-/") + action.name, "", refused_command, /*mutating=*/false});
  http_ = std::make_unique<HttpServer>(http_settings(options_.http), std::move(services));
  if (auto status = http_->start(); !status) return status;
  log_event(LogLevel::info, "listening", {{"url", http_->url()}, {"from", source()}});
  return {};
}

Status Replica::run() {
  service_.ready();
  auto outcome = Status();
  while (stop_signal() == 0 && outcome) {
    outcome = look();
    renew_secrets_on_signal(options_.http, http_.get());
    last_look_ = steady_now();
    service_.alive(steady_now());
  }
  service_.stopping();
  http_->stop();
  log_event(LogLevel::info, "stopped", {{"loads", view().loads}});
  return outcome;
}

Status Replica::look() { return options_.folder.empty() ? look_in_topic() : look_in_folder(); }

Status Replica::look_in_folder() {
  const auto found = folder_.next();
  if (!found) {
    note(found.error().message, false);
  } else if (!*found) {
    note(folder_.has_any() ? "" : "there is no model in " + options_.folder + " yet", true);
  } else if (take((**found).file, (**found).path)) {
    folder_.take();
    return {};
  } else {
    folder_.refuse();
    return {};  // An older one may do.
  }
  std::this_thread::sleep_for(look_every);
  return {};
}

Status Replica::look_in_topic() {
  const auto found = topic_->next(look_every);
  // Which group's models are meant is for whoever started this.
  if (!found && found.error().code == ErrorCode::data) return tl::unexpected(found.error());
  note(found ? topic_->problem() : found.error().message, topic_->connected());
  if (found && *found) (void)take(**found, source());
  return {};
}

void Replica::note(const std::string& problem, bool connected) {
  const std::lock_guard lock(mutex_);
  if (problem != view_.problem && !problem.empty()) log_event(LogLevel::warn, "models_wait", {{"reason", problem}});
  view_.problem = problem;
  view_.connected = connected;
}

bool Replica::take(std::string_view file, const std::string& where) {
  auto decoded = decode_model(file);
  const std::lock_guard lock(mutex_);
  if (!decoded) {
    ++view_.refusals;
    refused_ = where;
    view_.refused = where + ": " + decoded.error().message;
    log_event(LogLevel::error, "model_refused",
              {{"reason", view_.refused}, {"then", view_.model ? "the model before stays in use" : "there is none to predict with"}});
    return false;
  }
  // At a start an older file may stand in for one that is damaged; names ascend with the versions.
  if (options_.folder.empty() || where >= refused_) view_.refused.clear();
  models_->put(decoded->model, decoded->schema);
  ++view_.loads;
  log_event(
      LogLevel::info, "model",
      {{"version", decoded->version}, {"model_version", decoded->model->version()}, {"age_seconds", age_of(*decoded)}, {"from", where}});
  view_.model = *std::move(decoded);
  return true;
}

Replica::View Replica::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::vector<std::string> Replica::reasons(const View& view) const {
  std::vector<std::string> out;
  if (!view.model) {
    const auto& why = view.refused.empty() ? view.problem : view.refused;
    out.push_back("no model yet" + (why.empty() ? "" : ": " + why));
  } else if (options_.max_age_seconds > 0 && age_of(*view.model) > options_.max_age_seconds) {
    out.push_back(fmt::format("the model is {:.0f} s old, more than --max-age", age_of(*view.model)));
  }
  return out;
}

HttpResponse Replica::readiness() const {
  const auto view = this->view();
  const auto reasons = this->reasons(view);
  json::object out{{"ready", reasons.empty()}};
  if (!reasons.empty()) out["reasons"] = json::array(reasons.begin(), reasons.end());
  if (view.model) out["model"] = model_json(*view.model);
  if (view.model && !view.problem.empty()) out["problem"] = view.problem;
  if (view.model && !view.refused.empty()) out["refused"] = view.refused;
  return json_response(out, reasons.empty() ? 200 : 503);
}

HttpResponse Replica::status() const {
  const auto view = this->view();
  json::object model;
  if (view.model) {
    const auto& one = *view.model;
    model = model_json(one);
    model["group"] = one.group;
    model["mode"] = one.mode;
    model["task"] = to_string(one.schema.task);
    model["features"] = one.model->features().size();
    model["classes"] = json::array(one.model->classes().begin(), one.model->classes().end());
    boost::system::error_code ignored;
    model["position"] = json::parse(one.position, ignored);
    model["bytes"] = one.bytes;
  }
  const auto reasons = this->reasons(view);
  const auto now = wall_seconds();
  json::object out{{"version", version},
                   {"commit", commit},
                   {"role", "replica"},
                   {"started_seconds", json_number(started_seconds_)},
                   {"uptime_seconds", json_number(now - started_seconds_)},
                   {"readiness", {{"ready", reasons.empty()}, {"reasons", json::array(reasons.begin(), reasons.end())}}},
                   {"model", view.model ? json::value(std::move(model)) : json::value(nullptr)},
                   {"loads", view.loads},
                   {"refusals", view.refusals},
                   {"refused", text_or_null(view.refused)},
                   {"source",
                    {{"type", options_.folder.empty() ? "kafka" : "folder"},
                     {"from", options_.folder.empty() ? options_.topic.topic : options_.folder},
                     {"connected", view.connected},
                     {"problem", text_or_null(view.problem)}}}};
  return json_response(out);
}

HttpResponse Replica::metrics() const {
  const auto view = this->view();
  ReplicaReadings readings;
  readings.version = version;
  readings.commit = commit;
  readings.loads = view.loads;
  readings.refusals = view.refusals;
  readings.predict_duration = models_->durations();
  if (view.model) {
    readings.model_version = view.model->version;
    readings.model_created_seconds = static_cast<double>(view.model->created_ms) / 1000;
    readings.model_bytes = view.model->bytes;
  }
  return {
      .body = MetricsExporter().render(readings), .content_type = "text/plain; version=0.0.4; charset=utf-8", .allow = {}, .challenge = {}};
}

}  // namespace rekindle
