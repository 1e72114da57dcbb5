#include "app_impl.hpp"

#include <calluna/bindings/await.hpp>

#include <boost/asio/post.hpp>

namespace calluna::bindings {

wait::wait(lua_State* lua, char const* what)
    : lua_(lua), scheduler_(app::of(lua).inside().tasks), ticket_(scheduler_.prepare_wait()) {
  if (ticket_ == 0)
    luaL_error(lua,
               "%s waits, and only a task may wait: call it in a handler, in start(), or in "
               "task.spawn(function() ... end), not at a file's top level",
               what);
}

int wait::refused_if_doomed() {
  auto const* why = scheduler_.doom_of_current(lua_);
  return why == nullptr ? 0 : push_failure(lua_, *why);
}

int wait::suspend(std::optional<double> timeout) {
  return scheduler_.wait(lua_, timeout);
}

answerer::answerer(lua_State* lua) : app_(app::of(lua).weak_from_this()) {}

void answerer::operator()(ticket t, unique_function<int(lua_State*)> push) const {
  auto const alive = app_.lock();
  if (!alive) return;
  boost::asio::post(alive->inside().executor, [weak = app_, t, push = std::move(push)]() mutable {
    answerer(std::move(weak)).here(t, std::move(push));
  });
}

void answerer::here(ticket t, unique_function<int(lua_State*)> push) const {
  auto const alive = app_.lock();
  if (!alive) return;
  auto& inside = alive->inside();
  if (inside.tasks.answer(t, std::move(push))) inside.work();
}

}  // namespace calluna::bindings
