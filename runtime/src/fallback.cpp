#include "fallback.hpp"

#include <calluna/ari/operation.hpp>
#include <calluna/ari/request.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace calluna::runtime {
namespace {

using nlohmann::json;
constexpr auto timeout = std::chrono::seconds(5);

ari::request request_for(char const* operation, json const& arguments) {
  return *ari::make_request(*ari::find_operation(operation), arguments);
}

json continue_arguments(std::string const& channel, std::string const& fallback) {
  json arguments{{"channelId", channel}};
  auto const first = fallback.find(',');
  if (first == std::string::npos) return arguments;
  auto const second = fallback.find(',', first + 1);
  arguments["context"] = fallback.substr(0, first);
  arguments["extension"] = fallback.substr(first + 1, second - first - 1);
  if (second != std::string::npos) {
    auto const step = fallback.substr(second + 1);
    bool const number = !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
    arguments[number ? "priority" : "label"] = number ? json(std::stol(step)) : json(step);
  }
  return arguments;
}

}  // namespace

ari::request fallback_request(routed_channel const& channel, std::string const& fallback) {
  return channel.ours
             ? request_for("channels.hangup", {{"channelId", channel.id}})
             : request_for("channels.continueInDialplan", continue_arguments(channel.id, fallback));
}

void leave_application(pbx& on, routed_channel const& channel, std::string const& fallback,
                       logger const& log) {
  auto* const client = on.ari();
  if (client == nullptr) return;
  auto request = fallback_request(channel, fallback);
  if (!channel.ours)
    log.warning(fmt::format("call on channel {} ({}) goes to {}", channel.id, channel.application,
                            fallback.empty() ? "the next step of its dialplan" : fallback));
  client->submit(std::move(request), timeout,
                 [log, id = channel.id](result<ari::response> const& answer) {
                   if (!answer && answer.error().kind != error_kind::gone)
                     log.error(fmt::format("channel {} could not be sent to its fallback: {}", id,
                                           answer.error().message));
                 });
}

void delete_own_bridges(pbx& on, std::string const& prefix) {
  auto* const client = on.ari();
  if (client == nullptr) return;
  auto const weak = on.weak_ari();
  client->submit(request_for("bridges.list", json::object()), timeout,
                 [weak, prefix](result<ari::response> const& answer) {
                   auto const alive = weak.lock();
                   if (!answer || !alive) return;
                   for (auto const& bridge : json::parse(answer->body, nullptr, false)) {
                     auto const id = bridge.is_object() ? bridge.value("id", "") : "";
                     if (id.rfind(prefix, 0) == 0)
                       alive->submit(request_for("bridges.destroy", {{"bridgeId", id}}), timeout,
                                     [](result<ari::response> const&) {});
                   }
                 });
}

}  // namespace calluna::runtime
