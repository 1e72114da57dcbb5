#pragma once
#include "../../../../runtime/src/console/console_desk.hpp"
#include "../on_the_sim.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>

namespace calluna::runtime::test {

/// A whole runtime without apps, and its consoles.
class console_on_the_sim : public on_the_sim {
 protected:
  void SetUp() override {
    run("");
    desk = std::make_unique<console::console_desk>(loop.get_executor(), *apps_,
                                                   logger(log, "console"));
  }
  void TearDown() override {
    bool ended = false;
    desk->stop([&] { ended = true; });
    EXPECT_TRUE(fakes::run_until(loop, [&] { return ended; }));
    on_the_sim::TearDown();
  }

  result<nlohmann::json> ask(nlohmann::json const& request) {
    auto const answer = std::make_shared<std::optional<result<nlohmann::json>>>();
    desk->answer(request, 1000, [answer](result<nlohmann::json> given) { *answer = given; });
    EXPECT_TRUE(fakes::run_until(loop, [&] { return answer->has_value(); }));
    return answer->value_or(fail(error_kind::timeout, "no answer"));
  }
  std::uint64_t open(bool write = false) {
    auto const opened = ask({{"do", "open"}, {"write", write}});
    EXPECT_TRUE(opened) << opened.error().message;
    return session = opened ? opened->value("session", std::uint64_t{0}) : 0;
  }
  result<nlohmann::json> begin(std::string const& text) {
    return ask({{"do", "line"}, {"session", session}, {"text", text}});
  }
  result<nlohmann::json> ask_for(char const* what) {
    return ask({{"do", what}, {"session", session}});
  }
  /// What is said once the line is done; what was printed is added to `printed`.
  nlohmann::json done(result<nlohmann::json> answer) {
    for (;; answer = ask_for("more")) {
      if (!answer) return {{"lost", answer.error().message}};
      for (auto const& one : answer->at("output")) printed += one.get<std::string>() + "\n";
      if (answer->value("done", false)) return *answer;
    }
  }
  /// The value of a line, or what went wrong with it.
  std::string line(std::string const& text) {
    auto const told = done(begin(text));
    for (auto const* key : {"result", "error", "lost"})
      if (told.contains(key)) return told[key].get<std::string>();
    return told.contains("incomplete") ? "..." : "?";
  }

  std::unique_ptr<console::console_desk> desk;
  std::uint64_t session = 0;
  std::string printed;
};

}  // namespace calluna::runtime::test
