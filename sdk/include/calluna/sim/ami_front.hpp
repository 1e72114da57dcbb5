#pragma once
#include <calluna/sim/machine.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace calluna::sim {

/// An account of manager.conf: the classes it may hear of and use, "all" or "call,agent".
struct ami_account {
  std::string user, secret;
  std::string read = "all", write = "all";
};

/// One AMI block: headers in their order.
using ami_block = std::vector<std::pair<std::string, std::string>>;

class ami_front;

/// The talk on one connection, without the connection. Belongs to its `ami_front`.
class ami_talk {
 public:
  using sink = std::function<void(std::string bytes)>;

  ami_talk(ami_front& front, sink to);
  ~ami_talk();
  ami_talk(ami_talk const&) = delete;
  ami_talk& operator=(ami_talk const&) = delete;

  /// The banner. Call once.
  void begin();
  /// What came; incomplete blocks are kept.
  void take(std::string_view bytes);
  /// True once the connection is to be closed, after what was sent.
  bool over() const noexcept { return over_; }

 private:
  friend class ami_front;
  struct request;
  using handler = void (ami_talk::*)(request const&);
  struct action {
    handler does;
    /// The classes of which one is needed to use it; empty: none.
    std::string_view needs;
  };
  static std::map<std::string, action, std::less<>> const& actions();

  void handle(request const& r);
  void send(ami_block const& block);
  void answer(request const& r, bool good, std::string const& message, ami_block more = {});
  void list_begins(request const& r, std::string const& message);
  void list_ends(request const& r, std::string const& name, std::size_t items);
  void hear(std::string const& privilege, ami_block const& event);
  bool may_read(std::string_view privilege) const;
  bool filtered(std::string const& text) const;
  channel* channel_of(request const& r, char const* header = "Channel");

  void challenge(request const& r);
  void login(request const& r);
  void logoff(request const& r);
  void ping(request const& r);
  void events(request const& r);
  void filter(request const& r);
  void list_commands(request const& r);
  void core_settings(request const& r);
  void core_status(request const& r);
  void core_show_channels(request const& r);
  void status(request const& r);
  void bridge_list(request const& r);
  void bridge_info(request const& r);
  void queue_status(request const& r);
  void queue_summary(request const& r);
  void queue_add(request const& r);
  void queue_remove(request const& r);
  void queue_pause(request const& r);
  void atxfer(request const& r);
  void cancel_atxfer(request const& r);
  void park(request const& r);
  void parked_calls(request const& r);
  void parking_lots(request const& r);
  void conference_list(request const& r);
  void conference_kick(request const& r);
  void device_states(request const& r);
  void endpoints(request const& r);
  void originate(request const& r);
  void hangup(request const& r);
  void redirect(request const& r);
  void blind_transfer(request const& r);
  void setvar(request const& r);
  void getvar(request const& r);
  void user_event(request const& r);
  void play_dtmf(request const& r);

  ami_front& front_;
  sink to_;
  std::string unread_;
  std::string challenge_;
  ami_account const* account_ = nullptr;  ///< null until logged in
  std::string mask_ = "on";
  std::vector<std::string> include_, exclude_;
  bool over_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

/// AMI in front of a machine, without any socket: accounts, and events for all talks. Lives on the
/// machine's thread and no longer than it.
class ami_front {
 public:
  ami_front(machine& on, std::vector<ami_account> accounts);
  ami_front(ami_front const&) = delete;
  ami_front& operator=(ami_front const&) = delete;

  /// How often an action was asked for that is not here.
  std::map<std::string, std::uint64_t> const& unsupported() const noexcept { return unsupported_; }

 private:
  friend class ami_talk;
  void hear(event const& e);
  void tell(std::string const& privilege, ami_block const& event);

  machine& machine_;
  std::vector<ami_account> accounts_;
  std::map<std::uint64_t, ami_talk*> talks_;
  std::uint64_t next_talk_ = 0;
  std::map<std::string, std::uint64_t> unsupported_;
};

}  // namespace calluna::sim
