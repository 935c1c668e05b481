// What every program that listens has alike over HTTP: its settings, the limits of /predict, commands, and what the live page reads.
#pragma once

#include <vector>

#include "app/configuration.hpp"
#include "app/operator_command.hpp"
#include "app/page_feed.hpp"
#include "connectors/decode/decoder.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"

namespace rekindle {

[[nodiscard]] HttpSettings http_settings(const HttpConfiguration& http);
[[nodiscard]] DecoderOptions options_of_predict(const HttpConfiguration& http);

// For those that cannot reload a whole configuration: the token, the certificate and the key are read again, and taken by `server` for
// what comes from now on. The keys whose file holds something else than before; an error leaves all as it was.
[[nodiscard]] Result<std::vector<std::string>> renew_secrets(HttpConfiguration& http, HttpServer& server);
// On SIGHUP: does it, and logs what came of it. `server` null: nothing.
void renew_secrets_on_signal(HttpConfiguration& http, HttpServer* server);

// For those that can: of a configuration that was read anew. The files have the same names, what is in them may be new; `changed` is told.
[[nodiscard]] Status use_secrets(const HttpConfiguration& now, const HttpConfiguration& next, HttpServer* server,
                                 std::vector<std::string>& changed);

// POST /-/ACTION for each action: into the queue, whose taker gives the answer. `commands` must outlive them.
[[nodiscard]] std::vector<Route> command_routes(CommandQueue& commands);

// The live page, /events and /history. `feed` must outlive them.
void add_page_routes(PageFeed& feed, std::vector<Route>& routes);

}  // namespace rekindle
