#include "runtime.hpp"

#include "eventually.hpp"

#include <nlohmann/json.hpp>

#include <atomic>
#include <csignal>
#include <map>
#include <stdexcept>

namespace calluna::integration {
namespace {

std::string quoted(std::string const& text) {
  return '"' + text + '"';
}

std::string section(std::string const& name, std::map<std::string, std::string> lines,
                    std::vector<std::pair<std::string, std::string>> const& instead) {
  for (auto const& [key, value] : instead) lines[key] = value;
  std::string text = "[" + name + "]\n";
  for (auto const& [key, value] : lines)
    if (!value.empty()) text += key + " = " + value + "\n";
  return text;
}

/// A folder for each runtime of a test, since two may run at the same time.
std::filesystem::path next_folder(scratch const& in) {
  static std::atomic<int> number{0};
  auto folder = in.path() / ("runtime-" + std::to_string(++number));
  std::filesystem::create_directories(folder);
  return folder;
}

std::filesystem::path write_config(asterisk const& pbx, scratch const& in,
                                   std::filesystem::path const& folder, runtime_settings const& s) {
  auto const place = folder.filename().string() + "/";
  in.write(place + "ami.secret", s.ami_secret.value_or(pbx.setting("AMI_SECRET")) + "\n");
  in.write(place + "ari.secret", s.ari_password.value_or(pbx.setting("ARI_SECRET")) + "\n");
  auto text = section("pbx.main.ami",
                      {{"port", pbx.setting("AMI_PORT")},
                       {"user", quoted(pbx.setting("AMI_USER"))},
                       {"secret_file", quoted("ami.secret")}},
                      s.ami);
  text += section("pbx.main.ari",
                  {{"url", quoted("http://127.0.0.1:" + pbx.setting("HTTP_PORT") + "/ari")},
                   {"user", quoted(pbx.setting("ARI_USER"))},
                   {"password_file", quoted("ari.secret")}},
                  s.ari);
  for (auto const& app : s.apps)
    text += "[app." + app.name + "]\npath = " + quoted(app.path.string()) + "\n" + app.more + "\n";
  text += s.sections + "\n";
  text += "[runtime]\nstate_folder = \"state\"\ncontrol_socket = " +
          quoted((folder / "control").string()) + "\n" + s.runtime + "\n";
  return in.write(place + "calluna.toml", text);
}

}  // namespace

runtime::runtime(asterisk const& pbx, scratch const& in, runtime_settings const& settings)
    : folder_(next_folder(in)),
      config_(write_config(pbx, in, folder_, settings)),
      program_({CALLUNA_PROGRAM, "run", config_.string()}, folder_ / "log") {}

runtime::runtime(runtime const& ended)
    : folder_(ended.folder_),
      config_(ended.config_),
      program_({CALLUNA_PROGRAM, "run", config_.string()}, folder_ / "log-again") {}

void runtime::wait_ready() const {
  if (!log().wait_for(" ready: ", 15s))
    throw std::runtime_error("the runtime does not become ready:\n" + log().text());
}

nlohmann::json runtime::status() const {
  auto const answer =
      run_to_end({CALLUNA_PROGRAM, "status", "--json", "--config", config_.string()}, folder_, 15s);
  if (answer.code != 0) throw std::runtime_error("calluna status: " + answer.text);
  return nlohmann::json::parse(answer.text);
}

nlohmann::json runtime::calls() const {
  auto const answer =
      run_to_end({CALLUNA_PROGRAM, "calls", "--json", "--config", config_.string()}, folder_, 15s);
  if (answer.code != 0) throw std::runtime_error("calluna calls: " + answer.text);
  return nlohmann::json::parse(answer.text);
}

nlohmann::json runtime::app_status(std::string const& name) const {
  auto const all = status();
  for (auto const& app : all.at("apps"))
    if (app.at("name") == name) return app;
  throw std::runtime_error("calluna status knows no app " + name);
}

std::string runtime::http() const {
  return "http://127.0.0.1:" + std::to_string(status().at("http").at("port").get<int>());
}

std::string runtime::token(std::string const& name, std::string const& user) const {
  auto const made = run_to_end(
      {CALLUNA_PROGRAM, "token", "add", name, "--user", user, "--config", config_.string()},
      folder_, 15s);
  auto const at = made.text.find("cal_");
  if (made.code != 0 || at == made.text.npos)
    throw std::runtime_error("calluna token add: " + made.text);
  return made.text.substr(at, made.text.find_first_of(" \n", at) - at);
}

outcome runtime::reload(std::string const& app) const {
  std::vector<std::string> command{CALLUNA_PROGRAM, "reload", "--config", config_.string()};
  if (!app.empty()) command.push_back(app);
  return run_to_end(command, folder_, 15s);
}

outcome runtime::doctor() const {
  return run_to_end({CALLUNA_PROGRAM, "doctor", config_.string()}, folder_, 60s);
}

outcome runtime::rotate_key(std::string const& odoo) const {
  return run_to_end({CALLUNA_PROGRAM, "rotate-key", odoo, "--config", config_.string()}, folder_,
                    30s);
}

std::optional<int> runtime::stop(std::chrono::milliseconds bound) {
  program_.signal(SIGTERM);
  return program_.wait_end(bound);
}

}  // namespace calluna::integration
