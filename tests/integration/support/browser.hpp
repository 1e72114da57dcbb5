#pragma once
#include "process.hpp"
#include "scratch.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace httplib {
class Client;
}

namespace calluna::integration {

/// A real browser without a screen: Chromium, led by chromedriver over WebDriver (W3C). It ends
/// with this object. Throws std::runtime_error where something is not as it should be.
class browser {
 public:
  explicit browser(scratch const& folder);
  ~browser();

  void open(std::string const& url);
  /// What `script`, the body of a function, returns. It may return a promise.
  nlohmann::json run(std::string const& script);
  /// Waits until `script` returns something true; false: it did not.
  bool soon(std::string const& script, std::chrono::milliseconds bound);
  /// Types into what has the focus, as a keyboard would; WebDriver's code points for other keys.
  void type(std::string const& text);
  /// A click of the mouse on the first element that fits a CSS selector; throws if it cannot be
  /// seen.
  void click(std::string const& selector);
  /// From now on pages that ask to open all links of a kind (registerProtocolHandler) may; without
  /// it nobody answers that question.
  void allow_link_handlers();
  /// Goes on in the tab that was opened; false: none was.
  bool follow_new_tab(std::chrono::milliseconds bound);
  void resize(int width, int height);
  /// "light" or "dark", as the page's media queries see it.
  void prefer(std::string const& scheme);
  void screenshot(std::filesystem::path const& png);

 private:
  nlohmann::json ask(std::string const& method, std::string const& path,
                     nlohmann::json const& body = nlohmann::json::object());

  std::filesystem::path profile_;
  process driver_;
  std::unique_ptr<httplib::Client> http_;
  std::string session_;
};

}  // namespace calluna::integration
