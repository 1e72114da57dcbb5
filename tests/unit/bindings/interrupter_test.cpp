#include <calluna/bindings/interrupter.hpp>
#include <calluna/bindings/state.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace calluna::bindings {
namespace {

using namespace std::chrono_literals;

/// Runs `source` on a thread of its own, pushes until it has come back, and tells what it raised.
class runaway {
 public:
  explicit runaway(std::string source)
      : thread_([this, source = std::move(source)] {
          state s;
          luaL_openlibs(s.get());
          interrupter breaker(s.get());
          breaker_ = &breaker;
          breaker.enter();
          lua_State* co = lua_newthread(s.get());
          if (luaL_loadstring(co, source.c_str()) == 0) {
            started_ = true;
            lua_resume(co, 0);
          }
          message_ = lua_isstring(co, -1) ? lua_tostring(co, -1) : "";
          breaker.leave();
          interrupted_ = breaker.was_interrupted();
          // The state is as good as before: compiled code included.
          still_good_ =
              luaL_dostring(
                  s.get(),
                  "local x = 0 for i = 1, 1e6 do x = x + i end assert(x == 500000500000)") == 0;
          ended_ = true;
          while (!released_) std::this_thread::yield();
        }) {}
  ~runaway() {
    released_ = true;
    thread_.join();
  }

  bool interrupted_within(std::chrono::milliseconds limit) {
    while (!started_) std::this_thread::yield();
    auto const until = std::chrono::steady_clock::now() + limit;
    while (!ended_ && std::chrono::steady_clock::now() < until) {
      breaker_->step();
      std::this_thread::sleep_for(1ms);  // the watchdog's pace
    }
    return ended_ && interrupted_ && still_good_;
  }
  std::string const& message() const { return message_; }

 private:
  std::atomic<bool> started_{false}, ended_{false}, released_{false};
  bool interrupted_ = false, still_good_ = false;
  interrupter* breaker_ = nullptr;
  std::string message_;
  std::thread thread_;
};

constexpr char const* loops[] = {
    "while true do end",
    "local x = 0 while true do x = x + 1 end",
    "for i = 1, 3 do pcall(function() while true do end end) end while true do end",
    "while true do pcall(error, 'x') end",
    "local t = {} while true do for i = 1, 1e9 do t[i % 100 + 1] = i end end",
    "while true do coroutine.wrap(function() while true do end end)() end",
    "while true do local s = ('x'):rep(100) end",
};

TEST(interrupter, breaks_off_a_loop_compiled_or_not_inside_pcall_or_not) {
  for (auto const* source : loops) {
    runaway r(source);
    EXPECT_TRUE(r.interrupted_within(5s)) << source;
    EXPECT_NE(r.message().find("interrupted"), std::string::npos) << source << ": " << r.message();
  }
}

TEST(interrupter, breaks_off_several_states_at_once) {
  runaway a("while true do end"), b("local x = 0 while true do x = x + 1 end"),
      c("while true do pcall(error, 'x') end");
  std::thread first([&] { EXPECT_TRUE(a.interrupted_within(5s)); });
  std::thread second([&] { EXPECT_TRUE(b.interrupted_within(5s)); });
  EXPECT_TRUE(c.interrupted_within(5s));
  first.join();
  second.join();
}

TEST(interrupter, does_nothing_to_a_state_that_is_not_running) {
  state s;
  luaL_openlibs(s.get());
  interrupter breaker(s.get());
  for (int i = 0; i < 10; ++i) breaker.step();
  breaker.enter();
  EXPECT_EQ(luaL_dostring(s.get(), "local x = 0 for i = 1, 1e5 do x = x + i end"), 0);
  breaker.leave();
  EXPECT_FALSE(breaker.was_interrupted());
}

}  // namespace
}  // namespace calluna::bindings
