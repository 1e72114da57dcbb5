#include "look.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <set>
#include <sstream>

namespace calluna::runtime::doctor {
namespace {

/// A difference that shows in the times of calls.
constexpr double clock_difference = 2;

/// One login, and what is asked after it, one question at a time.
class visit final : public ami::client_listener {
 public:
  visit(boost::asio::io_context& loop, ami::client_options options)
      : loop_(loop), client_(loop.get_executor(), std::move(options), {}, *this) {
    client_.start();
    if (!run_until(loop_, [this] { return up_ || why_; })) why_ = error{error_kind::timeout, ""};
  }
  ~visit() {
    client_.stop();
    loop_.restart();
    loop_.poll();
  }
  /// Why there is no login; nothing: there is one.
  std::optional<error> const& why_not() const { return why_; }
  std::string const& version() const { return client_.protocol_version(); }

  result<ami::response> ask(ami::action const& what) {
    auto encoded = ami::encode(what, client_.next_id(), client_.id_prefix());
    if (!encoded) return fail(encoded.error());
    std::optional<result<ami::response>> answer;
    client_.submit(std::move(*encoded), patience, [&](result<ami::response> a) { answer = a; });
    run_until(loop_, [&] { return answer.has_value(); });
    return answer ? std::move(*answer) : fail(error_kind::timeout, "no answer");
  }

 private:
  void on_ami_events(ami::event_batch const&) override {}
  void on_ami_state(ami::client_state state, error const* why) override {
    if (why != nullptr && !up_) why_ = *why;
    up_ = up_ || state == ami::client_state::up;
  }
  boost::asio::io_context& loop_;
  std::optional<error> why_;
  bool up_ = false;
  ami::client client_;
};

std::string advice_for(error const& why, std::string const& user) {
  switch (why.kind) {
    case error_kind::refused:
      return fmt::format(
          "compare name and secret with [{}] in manager.conf; its \"permit\" and \"deny\" say the "
          "same",
          user);
    case error_kind::offline:
      return "is Asterisk up? In manager.conf: \"enabled = yes\", \"port\", \"bindaddr\"";
    case error_kind::timeout:
      return "a firewall, or something else than AMI at that port";
    default:
      return "what answers there is no AMI that we understand: compare the port, and whether it is "
             "the one for TLS";
  }
}

/// What one may do: the names in the answer to ListCommands.
std::set<std::string, std::less<>> names_in(ami::message const& answer) {
  std::set<std::string, std::less<>> names;
  answer->for_each([&](std::string_view key, std::string_view) { names.emplace(key); });
  return names;
}

/// "call,agent" out of "read perm: call,agent", of the command `manager show user`.
std::optional<std::set<std::string, std::less<>>> read_classes(ami::message const& answer) {
  std::optional<std::set<std::string, std::less<>>> classes;
  answer->for_each([&](std::string_view, std::string_view value) {
    auto const at = value.find("read perm:");
    if (at == value.npos) return;
    classes.emplace();
    std::istringstream words{std::string(value.substr(at + 10))};
    for (std::string word; std::getline(words, word, ',');) {
      word.erase(0, word.find_first_not_of(' '));
      while (!word.empty() && word.back() == ' ') word.pop_back();
      classes->insert(word);
    }
  });
  return classes;
}

void look_at_reading(visit& talk, std::string const& where, std::string const& user,
                     std::set<std::string, std::less<>> const& allowed, teller const& tell) {
  if (!allowed.contains("Command"))
    return tell(
        {severity::note, where,
         "what the account hears cannot be asked without the right to Command",
         fmt::format("see that \"read\" of [{}] in manager.conf has call and agent", user)});
  auto const answer = talk.ask(ami::action("Command").set("Command", "manager show user " + user));
  auto const classes = answer ? read_classes(answer->head) : std::nullopt;
  if (!classes) return;
  if (classes->contains("all")) return;
  std::string missing;
  for (auto const* needed : {"call", "agent"})
    if (!classes->contains(needed)) missing += (missing.empty() ? "" : ", ") + std::string(needed);
  if (missing.empty()) return;
  tell({severity::bad, where,
        fmt::format("\"read\" lacks {}: calls are not heard of as they should be", missing),
        fmt::format("add it to \"read\" of [{}] in manager.conf, then: manager reload", user)});
}

void look_at_clock(visit& talk, std::string const& where, teller const& tell) {
  using std::chrono::system_clock;
  auto const before = system_clock::now();
  auto const pong = talk.ask(ami::action("Ping"));
  auto const after = system_clock::now();
  if (!pong) return;
  auto const stamp = std::string(pong->head->get("Timestamp"));
  if (stamp.empty()) return;
  auto const ours =
      std::chrono::duration<double>((before + (after - before) / 2).time_since_epoch());
  auto const difference = std::strtod(stamp.c_str(), nullptr) - ours.count();
  if (std::abs(difference) < clock_difference) return;
  tell({severity::note, where,
        fmt::format("the PBX's clock is {:.0f} s {}", std::abs(difference),
                    difference > 0 ? "ahead of ours" : "behind ours"),
        "let both follow a time server: the times of calls mix both clocks"});
}

}  // namespace

void look_at_ami(ami::client_options options, std::vector<need> const& needs, teller const& tell) {
  auto const where = "pbx." + options.name + ".ami", user = options.user;
  auto const server = fmt::format("{}:{}", options.server.host, options.server.port);
  boost::asio::io_context loop{1};
  visit talk(loop, std::move(options));
  if (auto const& why = talk.why_not())
    return tell({severity::bad, where,
                 why->message.empty() ? fmt::format("{} does not answer", server) : why->message,
                 advice_for(*why, user)});
  auto const about = talk.ask(ami::action("CoreSettings"));
  auto const release = about ? std::string(about->head->get("AsteriskVersion")) : std::string();
  tell({severity::good, where,
        fmt::format("Asterisk {}(AMI {}) at {} lets {} in", release.empty() ? "" : release + " ",
                    talk.version(), server, user),
        ""});
  if (auto const list = talk.ask(ami::action("ListCommands"))) {
    auto const allowed = names_in(list->head);
    for (auto const& line : missing_rights(needs, allowed))
      tell({severity::bad, where, line,
            fmt::format("add the class to \"write\" of [{}] in manager.conf, then: manager reload",
                        user)});
    look_at_reading(talk, where, user, allowed, tell);
  }
  look_at_clock(talk, where, tell);
}

}  // namespace calluna::runtime::doctor
