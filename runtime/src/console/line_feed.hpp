#pragma once
#include <calluna/bindings/module.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace calluna::runtime::console {

/// What a console's script is told: a line to run, or that line `number` is to be broken off.
struct word {
  bool interrupt = false;
  std::uint64_t number = 0;
  std::string text;
};

/// Between a console's desk and its script: words go in, what it says comes out.
class line_feed : public std::enable_shared_from_this<line_feed> {
 public:
  /// Hears, on the script's thread, what it says: "print", "result", "error" or "incomplete", about
  /// the line of that number (0: about none).
  using listener =
      std::function<void(std::string_view what, std::uint64_t number, std::string text)>;
  explicit line_feed(listener to) : to_(std::move(to)) {}

  /// Any thread.
  void give(word what);
  /// The Lua module `calluna.console_core`: {next = fn() -> the next word, say = fn(what, number,
  /// text)}.
  bindings::native_module module();

 private:
  static int next(lua_State* lua);
  static int say(lua_State* lua);

  listener to_;
  std::mutex mutex_;
  std::deque<word> words_;
  unique_function<void(result<word>)> waiting_;
};

}  // namespace calluna::runtime::console
