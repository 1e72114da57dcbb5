#pragma once
#include <calluna/bindings/mailbox.hpp>
#include <calluna/bindings/scheduler.hpp>

#include <lua.hpp>

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace calluna::bindings {

class app;

/// An app's handlers of visits, and the visits that its tasks are at. On the app's thread.
class visit_table {
 public:
  /// A task for each of its visits calls the function `function`, a registry reference, with what
  /// `push_visit` pushes. Returns the handler's number.
  std::uint32_t add(int function);
  /// LUA_NOREF: there is no such handler.
  int function_of(std::uint32_t handler) const noexcept;

  /// Keeps `item` for `begin`, which the task's first line calls.
  void arrive(mailbox::visit_item item) { arrived_ = std::move(item); }
  visit const& arrived() const noexcept { return arrived_->what; }
  /// The running task is at what arrived: when the visitor leaves, the waits of the task end.
  void begin(app& of, task_id task);
  /// Called when `task` ends, with whether it failed.
  void at_end(task_id task, unique_function<void(bool failed)> close);

  /// `task` ended with an error: its visitor is told as much as is good for it.
  void fail(task_id task);
  void end(task_id task);
  /// The app ends: what it is at, and what waits for it, is refused.
  void refuse_all(std::vector<mailbox::visit_item> waiting);

 private:
  struct open_visit {
    mailbox::visit_item item;
    unique_function<void(bool failed)> close;
    bool failed = false;
  };
  std::vector<int> functions_;
  std::optional<mailbox::visit_item> arrived_;
  std::unordered_map<task_id, open_visit> open_;
};

/// Pushes the Lua object of a visit, for its handler.
void push_visit(lua_State* lua, std::shared_ptr<http_exchange> const& exchange);
void push_visit(lua_State* lua, std::shared_ptr<agi::connection> const& session);

}  // namespace calluna::bindings
