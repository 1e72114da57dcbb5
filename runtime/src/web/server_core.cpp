#include "server_core.hpp"

namespace calluna::runtime::web {

void server_core::refresh_tokens() {
  auto const now = time->now();
  if (tokens_looked_at_ != clock::time_point{} && now - tokens_looked_at_ < std::chrono::seconds(1))
    return;
  tokens_looked_at_ = now;
  (void)tokens->refresh();  // it logs for itself
}

std::string server_core::metrics() const {
  metrics_writer out;
  if (callbacks.metrics) callbacks.metrics(out);
  out.gauge("calluna_http_connections", "Open connections of clients.");
  out.sample(static_cast<double>(connections.size()));
  out.counter("calluna_http_connections_total", "Connections taken since the start.");
  out.sample(static_cast<double>(accepted));
  out.counter("calluna_http_requests_total", "Requests answered, by the class of their status.");
  static constexpr std::array<std::string_view, 6> classes{"", "1xx", "2xx", "3xx", "4xx", "5xx"};
  for (std::size_t i = 1; i < classes.size(); ++i)
    out.sample(static_cast<double>(by_class[i]), {{"class", classes[i]}});
  out.add("calluna_http_request_seconds", "From the end of a header to the answer sent.", latency);
  out.counter("calluna_http_refused_total", "What was refused, by reason.");
  for (std::size_t i = 0; i < static_cast<std::size_t>(refusal::count); ++i) {
    auto const why = static_cast<refusal>(i);
    out.sample(static_cast<double>(refused.of(why)), {{"reason", to_string(why)}});
  }
  out.gauge("calluna_http_event_streams", "Clients that hear events.");
  out.sample(static_cast<double>(event_streams));
  out.gauge("calluna_http_websockets", "Open WebSockets.");
  out.sample(static_cast<double>(websockets));
  auto const push = hub->status();
  out.gauge("calluna_push_topics", "Topics with values.");
  out.sample(static_cast<double>(push.topics));
  out.gauge("calluna_push_bytes", "Of topics, keys and values.");
  out.sample(static_cast<double>(push.bytes));
  out.counter("calluna_push_events_total", "Changes told to the push hub.");
  out.sample(static_cast<double>(push.events));
  out.counter("calluna_push_refused_total",
              "Changes for which it had no room, or that were no JSON.");
  out.sample(static_cast<double>(push.refused));
  return out.take();
}

}  // namespace calluna::runtime::web
