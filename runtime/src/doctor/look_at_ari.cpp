#include "look.hpp"

#include <calluna/ari/operation.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <unistd.h>

namespace calluna::runtime::doctor {
namespace {

using nlohmann::json;

class visit final : public ari::client_listener {
 public:
  visit(boost::asio::io_context& loop, ari::client_options options)
      : loop_(loop), client_(loop.get_executor(), std::move(options), {}, *this) {}
  ~visit() {
    client_.stop();
    loop_.restart();
    loop_.poll();
  }
  result<ari::response> ask(char const* operation, json const& arguments) {
    auto request = ari::make_request(*ari::find_operation(operation), arguments);
    if (!request) return fail(request.error());
    std::optional<result<ari::response>> answer;
    client_.submit(std::move(*request), patience, [&](result<ari::response> a) { answer = a; });
    run_until(loop_, [&] { return answer.has_value(); });
    return answer ? std::move(*answer) : fail(error_kind::timeout, "no answer");
  }
  /// Why an application's WebSocket does not come up; nothing: it does.
  std::optional<error> websocket() {
    client_.subscribe(fmt::format("calluna-doctor-{}", ::getpid()));
    if (run_until(loop_, [this] { return up_ || why_; })) return up_ ? std::nullopt : why_;
    return error{error_kind::timeout, "its WebSocket does not come up"};
  }

 private:
  void on_ari_events(std::string_view, ari::event_batch const&) override {}
  void on_ari_state(std::string_view, ari::application_state state, error const* why) override {
    if (why != nullptr && !up_) why_ = *why;
    up_ = up_ || state == ari::application_state::up;
  }
  boost::asio::io_context& loop_;
  std::optional<error> why_;
  bool up_ = false;
  ari::client client_;
};

std::string advice_for(error const& why, std::string const& user) {
  switch (why.kind) {
    case error_kind::refused:
      return fmt::format(
          "compare name and password with [{}] in ari.conf: type = user, and the password_format",
          user);
    case error_kind::gone:
      return "the server has no ARI there: \"enabled = yes\" in ari.conf, the modules res_ari*, "
             "and \"prefix\" in http.conf";
    case error_kind::offline:
      return "is Asterisk up? In http.conf: \"enabled = yes\", \"bindaddr\", \"bindport\" (or the "
             "tls ones)";
    case error_kind::timeout:
      return "a firewall, or something else at that port";
    default:
      return "compare the url: what answers there is no ARI that we understand";
  }
}

}  // namespace

void look_at_ari(ari::client_options options, teller const& tell) {
  auto const where = "pbx." + options.name + ".ari", user = options.user;
  auto const server = fmt::format("{}:{}", options.server.host, options.server.port);
  boost::asio::io_context loop{1};
  visit talk(loop, std::move(options));
  auto const info = talk.ask("asterisk.getInfo", {{"only", "system"}});
  if (!info)
    return tell({severity::bad, where, info.error().message, advice_for(info.error(), user)});
  auto const about = json::parse(info->body, nullptr, false);
  auto const release =
      about.is_object() ? about.value(json::json_pointer("/system/version"), "") : std::string();
  tell({severity::good, where,
        fmt::format("Asterisk {}at {} lets {} in", release.empty() ? "" : release + " ", server,
                    user),
        ""});
  // Nobody has that id: an account that may write hears that it is not there.
  auto const write = talk.ask("channels.hangup", {{"channelId", "calluna-doctor-nobody"}});
  if (!write && write.error().kind == error_kind::refused)
    tell(
        {severity::bad, where, "the account may only read",
         fmt::format("\"read_only = no\" in [{}] of ari.conf, then: module reload res_ari", user)});
  if (auto const why = talk.websocket())
    tell({severity::bad, where, why->message,
          "events come by WebSocket: the module res_http_websocket, and a proxy in between that "
          "lets it through"});
}

}  // namespace calluna::runtime::doctor
