#include "context.hpp"

#include "json_scan.hpp"
#include "rest_message.hpp"

#include <calluna/io/websocket_codec.hpp>

#include <fmt/format.h>

#include <utility>

namespace calluna::ari {
namespace {

std::string normal_path(std::string path) {
  while (!path.empty() && path.back() == '/') path.pop_back();
  if (!path.empty() && path.front() != '/') path.insert(0, 1, '/');
  return path;
}

/// Asterisk's words: {"message":"..."}, or {"error":"..."} where an allocation failed.
std::string words(std::string_view body, std::string_view reason) {
  std::string_view raw;
  json_scan scan(body);
  auto const start = scan.skip_space(0);
  if (scan.at(start) == '{' && scan.next() == start) {
    visit_members(scan, [&](json_member const& m) {
      if (m.kind == '"' && (m.key == "message" || m.key == "error")) raw = m.value;
      return m.kind == '"' || m.kind == ' ' || scan.leave() != json_scan::npos;
    });
  }
  std::string text;
  if (raw.empty() || !append_json_unescaped(text, raw)) text = reason;
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  return text;
}

error_kind kind_of(int status) {
  switch (status) {
    case 401:
    case 403:
      return error_kind::refused;
    case 404:
      return error_kind::gone;
    case 400:
    case 405:
    case 413:
    case 414:
    case 422:
      return error_kind::invalid;
    default:
      return status >= 400 && status < 600 ? error_kind::rejected : error_kind::protocol;
  }
}

}  // namespace

client_context::client_context(io::executor executor, client_options o, logger l)
    : on(std::move(executor)), options(std::move(o)), log(std::move(l)) {
  auto const& server = options.server;
  bool const ipv6 = server.host.find(':') != std::string::npos;
  host = fmt::format("{}:{}", ipv6 ? "[" + server.host + "]" : server.host, server.port);
  base_path = normal_path(options.base_path);
  url = fmt::format("{}://{}{}", server.tls ? "https" : "http", host, base_path);
  authorization = io::basic_authorization(options.user, options.password);
}

result<response> read_answer(int status, std::string_view reason, std::string body) {
  if (status >= 200 && status < 300) return response{status, std::move(body)};
  auto const said = words(body, reason);
  // 503: Asterisk is starting or stopping and has done nothing.
  return fail(kind_of(status), fmt::format("{} ({})", said, status), status == 503,
              io::http_status(status));
}

result<response> to_result(client_context const& c, int status, std::string_view reason,
                           std::string body) {
  auto answer = read_answer(status, reason, std::move(body));
  if (answer || status != 401) return answer;
  auto why = std::move(answer).error();
  why.message = fmt::format("{}: user '{}': {}", c.url, c.options.user, why.message);
  return fail(std::move(why));
}

error explain_upgrade(client_context const& c, std::string_view application, error const& e) {
  if (e.code.category() != io::http_status(0).category())
    return {e.kind, fmt::format("{}: {}", c.url, e.message), e.retryable, e.code};
  switch (e.code.value()) {
    case 401:
      return {
          error_kind::refused,
          fmt::format("{}: user '{}' or its password is not accepted (401)", c.url, c.options.user),
          false, e.code};
    case 403:
      return {error_kind::refused,
              fmt::format("{}: user '{}' may not open a WebSocket (403)", c.url, c.options.user),
              false, e.code};
    case 404:
      return {error_kind::refused,
              fmt::format("{}: nothing there (404); is this ARI? Its path is set by http.conf's "
                          "prefix, and res_ari must be loaded",
                          c.url),
              true, e.code};
    default:
      return {
          error_kind::rejected,
          fmt::format("{}: the application '{}' was declined: {}", c.url, application, e.message),
          true, e.code};
  }
}

std::string events_target(client_context const& c, std::string_view application, bool everything) {
  std::string path = c.base_path + "/events?app=";
  append_percent_encoded(path, application);
  path += everything ? "&subscribeAll=true" : "&subscribeAll=false";
  return path;
}

std::error_code http_status(int status) noexcept {
  return io::http_status(status);
}

}  // namespace calluna::ari
