#pragma once
#include "ami_handlers.hpp"
#include "call_view.hpp"

#include <calluna/bindings/mailbox.hpp>
#include <calluna/bindings/scheduler.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace calluna::directory {
class user_registry;
}

namespace calluna::bindings {

/// A set of call_event_kinds.
using call_kinds = std::uint32_t;
constexpr call_kinds kinds_of(calls::call_event_kind k) noexcept {
  return call_kinds{1} << static_cast<unsigned>(k);
}

/// Which calls somebody wants to hear of. What is empty is not asked for; of several values one
/// must fit. `users`, `endpoints`: of the event's leg if it has one, else of any.
struct call_filter {
  std::vector<std::string> directions, pbxs, queues, users, endpoints, numbers;
  bool empty() const noexcept {
    return directions.empty() && pbxs.empty() && queues.empty() && users.empty() &&
           endpoints.empty() && numbers.empty();
  }
};

/// What an app knows of the calls there are, who in it wants to hear of them, and which of its
/// tasks belong to them. On the app's thread.
class call_table {
 public:
  call_table(lua_State* lua, scheduler& tasks,
             std::shared_ptr<directory::user_registry const> users);

  struct handler {
    call_kinds kinds = 0;
    call_filter filter;
    int function;  // a registry reference
  };
  std::uint64_t add(handler h);
  /// The removed handler's function reference (LUA_NOREF for none).
  int remove(std::uint64_t id);
  /// A newer generation has the handlers from now on.
  void drop_handlers() { handlers_.clear(); }

  /// Takes in what happened, answers who waits for it, ends what belonged to a call that ended.
  /// Appends the functions of the handlers to be called with `push_arguments`. `pbx`: the name.
  void hear(mailbox::call_item const& item, std::string const* pbx, std::vector<int>& functions);
  /// All there is, in the app's own numbers of PBXs.
  void hear(live_calls const& all, std::vector<std::string const*> const& pbxs);
  /// Pushes call, leg and event of what was heard last, for one handler; `owner`: whose task that
  /// is. Returns how many values.
  int push_arguments(lua_State* lua, task_id& owner);

  /// Null if there is none (any more).
  std::shared_ptr<call_place> find(std::string_view id) const;
  /// By the channel's name or its unique id, on the PBX called so; "": on any.
  std::shared_ptr<call_place> by_channel(std::string_view channel, std::string_view pbx) const;
  /// Whether all live calls are known here: the app has asked for them, and was told.
  bool knows_all() const noexcept { return knows_all_; }
  /// Whether a leg that has not ended, with the name of its PBX, `fits`.
  bool any_live_leg(
      std::function<bool(std::string const& pbx, calls::leg const& leg)> const& fits) const;
  /// Oldest first.
  std::vector<std::shared_ptr<call_place>> matching(call_filter const& filter) const;
  /// Pushes the one object of that call.
  void push_object(lua_State* lua, std::shared_ptr<call_place> const& place);

  /// The next event of `kinds` at `call` answers `t` with call event and leg; its end with nil, err
  /// (gone). False: it has ended.
  bool expect(call_place const& call, ticket t, call_kinds kinds);
  void forget(call_place const& call, ticket t);
  /// Whether `task` or its owner belongs to a call.
  bool owns(task_id owner) const noexcept;

 private:
  struct waiting {
    ticket waits;
    call_kinds kinds;
  };
  struct entry {
    std::shared_ptr<call_place> place;
    int object = LUA_NOREF;
    /// Whom its tasks belong to; 0: it has had none. More than one after a merge.
    std::vector<task_id> owners;
    std::vector<waiting> waits;
  };

  entry& at(calls::call const& c, std::string const* pbx);
  void merge(std::string const& from, entry& into);
  void answer_waits(entry& e, calls::call_news const& news, std::string const* pbx);
  void end(entry& e);
  bool passes(call_filter const& f, call_place const& place, calls::leg const* only) const;
  bool fits_leg(call_filter const& f, call_place const& place, calls::leg const& l) const;

  lua_State* lua_;
  scheduler& tasks_;
  std::shared_ptr<directory::user_registry const> users_;
  string_map<entry> entries_;
  std::map<std::uint64_t, handler> handlers_;
  std::uint64_t last_id_ = 0;
  bool knows_all_ = false;
  // What was heard last.
  std::shared_ptr<calls::call_news const> news_;
  std::shared_ptr<call_place> place_;
  std::string const* pbx_ = nullptr;
  // The object of the call that ended with it: the same for all handlers of that.
  int last_object_ = LUA_NOREF;
};

}  // namespace calluna::bindings
