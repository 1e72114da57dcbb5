#include "asterisk.hpp"

#include "eventually.hpp"
#include "scratch.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>

namespace calluna::integration {
namespace {

constexpr auto boot_bound = 90s;

struct started {
  std::unique_ptr<asterisk> server;
  std::string failure;
};

std::map<int, started>& servers() {
  static std::map<int, started> all;
  return all;
}

scratch& folders() {
  static scratch folder{"lab"};
  return folder;
}

}  // namespace

std::string lab_script(std::string const& name) {
  return std::string{CALLUNA_LAB_DIR} + "/" + name;
}

asterisk& asterisk::of(int version) {
  auto const [at, is_new] = servers().try_emplace(version);
  auto& [server, failure] = at->second;
  if (is_new) {
    try {
      server = std::make_unique<asterisk>(
          version, folders().path() / ("asterisk-" + std::to_string(version)));
    } catch (std::exception const& e) {
      failure = e.what();
    }
  }
  if (!server) throw std::runtime_error(failure);
  return *server;
}

void asterisk::end_all() {
  servers().clear();
  folders().remove();
}

asterisk::asterisk(int version, std::filesystem::path folder)
    : version_(version), folder_(std::move(folder)) {
  auto const name = std::to_string(version);
  // Installing takes a minute or two the first time; it must not count as a slow boot.
  auto const installed = run_to_end({lab_script("root"), name}, folders().path(), 600s);
  if (installed.code != 0)
    throw std::runtime_error("Asterisk " + name + " cannot be installed (exit code " +
                             std::to_string(installed.code) + "): " + installed.text);
  std::filesystem::create_directories(folder_);
  program_ = std::make_unique<process>(
      std::vector<std::string>{lab_script("asterisk"), "run", name, "--run", folder_.string(),
                               "--die-with-parent"},
      folder_ / "script.out");
  wait_booted();
  read_env();
}

asterisk::~asterisk() {
  program_->signal(SIGTERM);
  program_->wait_end(10s);
  program_.reset();
  // With it goes the claim on its ports.
  std::filesystem::remove(folder_ / "env");
}

void asterisk::wait_booted() {
  auto const waited =
      run_to_end({lab_script("asterisk"), "wait", folder_.string()}, folders().path(), boot_bound);
  if (waited.code == 0) return;
  throw std::runtime_error("Asterisk " + std::to_string(version_) +
                           " does not start: " + waited.text + program_->output().text());
}

void asterisk::read_env() {
  std::ifstream in{folder_ / "env"};
  for (std::string line; std::getline(in, line);) {
    auto const equal = line.find('=');
    if (equal != std::string::npos && line.rfind("LAB_", 0) == 0)
      env_[line.substr(4, equal - 4)] = line.substr(equal + 1);
  }
}

std::string const& asterisk::setting(std::string const& key) const {
  auto const found = env_.find(key);
  if (found == env_.end()) throw std::runtime_error("the lab has no LAB_" + key);
  return found->second;
}

std::uint16_t asterisk::port(std::string const& key) const {
  return static_cast<std::uint16_t>(std::stoi(setting(key)));
}

void asterisk::kill() {
  program_->signal(SIGKILL);
  if (!program_->wait_end(10s)) throw std::runtime_error("Asterisk survives SIGKILL");
}

void asterisk::start_again() {
  program_ =
      std::make_unique<process>(std::vector<std::string>{lab_script("asterisk"), "rerun",
                                                         folder_.string(), "--die-with-parent"},
                                folder_ / "script.out");
}

std::string asterisk::cli(std::string const& command) const {
  return run_to_end({lab_script("asterisk"), "cli", folder_.string(), command}, folders().path(),
                    20s)
      .text;
}

}  // namespace calluna::integration
