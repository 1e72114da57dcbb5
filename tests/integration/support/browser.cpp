#include "browser.hpp"

#include "eventually.hpp"

#include <fstream>
#include <httplib.h>
#include <stdexcept>

namespace calluna::integration {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

std::string from_base64(std::string const& text) {
  std::string bytes;
  unsigned bits = 0, held = 0;
  for (char const c : text) {
    int const value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) continue;
    held = held << 6 | static_cast<unsigned>(value);
    if ((bits += 6) < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(held >> bits & 0xffu);
  }
  return bytes;
}

}  // namespace

browser::browser(scratch const& folder)
    : profile_(folder.path() / "browser"),
      driver_({"chromedriver", "--port=0"}, folder.path() / "chromedriver.log") {
  std::string const started = "started successfully on port (\\d+)";
  if (!driver_.output().wait_for(started, 20s))
    throw std::runtime_error("chromedriver does not start:\n" + driver_.output().text());
  http_ = std::make_unique<httplib::Client>("127.0.0.1", std::stoi(driver_.output().last(started)));
  http_->set_read_timeout(60, 0);
  // Tests run as root, for whom Chromium's sandbox does not work.
  json const options{{"args",
                      {"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                       "--no-first-run", "--user-data-dir=" + profile_.string()}}};
  session_ = ask("POST", "/session",
                 {{"capabilities", {{"alwaysMatch", {{"goog:chromeOptions", options}}}}}})
                 .at("sessionId")
                 .get<std::string>();
  session_ = "/session/" + session_;
}

browser::~browser() {
  if (!session_.empty()) http_->Delete(session_.c_str());
}

json browser::ask(std::string const& method, std::string const& path, json const& body) {
  auto const url = session_ + path;
  auto const answer = method == "GET" ? http_->Get(url.c_str())
                                      : http_->Post(url.c_str(), body.dump(), "application/json");
  if (!answer) throw std::runtime_error("chromedriver: no answer to " + url);
  auto const said = json::parse(answer->body);
  if (answer->status != 200)
    throw std::runtime_error("chromedriver: " + url + ": " +
                             said["value"]["message"].get<std::string>());
  return said.at("value");
}

void browser::open(std::string const& url) {
  ask("POST", "/url", {{"url", url}});
}

json browser::run(std::string const& script) {
  return ask("POST", "/execute/sync", {{"script", script}, {"args", json::array()}});
}

bool browser::soon(std::string const& script, std::chrono::milliseconds bound) {
  return eventually(
      [&] {
        auto const said = run(script);
        return !said.is_null() && said != false && said != 0 && said != "";
      },
      bound);
}

void browser::type(std::string const& text) {
  auto const focused = ask("GET", "/element/active").begin().value().get<std::string>();
  ask("POST", "/element/" + focused + "/value", {{"text", text}});
}

void browser::click(std::string const& selector) {
  auto const found = ask("POST", "/element", {{"using", "css selector"}, {"value", selector}});
  ask("POST", "/element/" + found.begin().value().get<std::string>() + "/click");
}

void browser::allow_link_handlers() {
  ask("POST", "/custom-handlers/set-mode", {{"mode", "autoAccept"}});
}

bool browser::follow_new_tab(std::chrono::milliseconds bound) {
  auto const before = ask("GET", "/window");
  json tabs;
  auto const opened = [&] { return (tabs = ask("GET", "/window/handles")).size() > 1; };
  if (!eventually(opened, bound)) return false;
  for (auto const& tab : tabs)
    if (tab != before) ask("POST", "/window", {{"handle", tab}});
  return true;
}

void browser::resize(int width, int height) {
  ask("POST", "/window/rect", {{"width", width}, {"height", height}});
}

void browser::prefer(std::string const& scheme) {
  ask("POST", "/goog/cdp/execute",
      {{"cmd", "Emulation.setEmulatedMedia"},
       {"params",
        {{"features", json::array({{{"name", "prefers-color-scheme"}, {"value", scheme}}})}}}});
}

void browser::screenshot(std::filesystem::path const& png) {
  std::ofstream(png, std::ios::binary) << from_base64(ask("GET", "/screenshot").get<std::string>());
}

}  // namespace calluna::integration
