#include "odoo.hpp"

#include "asterisk.hpp"
#include "eventually.hpp"
#include "scratch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <stdexcept>

namespace calluna::integration {
namespace {

constexpr auto boot_bound = 120s;

struct shared_server {
  scratch folder{"odoo"};
  std::unique_ptr<odoo> server;
  std::string failure;
};

std::optional<shared_server>& the_shared() {
  static std::optional<shared_server> one;
  return one;
}

class ending : public testing::Environment {
  void TearDown() override { odoo::end_shared(); }
};
[[maybe_unused]] auto* const registered = testing::AddGlobalTestEnvironment(new ending);

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace

bool odoo::is_unwanted() {
  return std::getenv("CALLUNA_WITHOUT_ODOO") != nullptr;
}

odoo& odoo::shared() {
  auto& one = the_shared();
  if (!one) {
    one.emplace();
    try {
      one->server = std::make_unique<odoo>(one->folder.path() / "erp");
    } catch (std::exception const& e) {
      one->failure = e.what();
    }
  }
  if (!one->server) throw std::runtime_error(one->failure);
  return *one->server;
}

void odoo::end_shared() {
  the_shared().reset();
}

odoo::odoo(std::filesystem::path folder) : folder_(std::move(folder)) {
  std::filesystem::create_directories(folder_);
  // The first time it installs, for some minutes; that must not count as a slow start.
  auto const installed = run_to_end({lab_script("odoo"), "root"}, folder_, 1500s);
  if (installed.code != 0)
    throw std::runtime_error("Odoo cannot be installed (exit code " +
                             std::to_string(installed.code) + "): " + installed.text);
  program_ = std::make_unique<process>(
      std::vector<std::string>{lab_script("odoo"), "run", "--run", (folder_ / "run").string(),
                               "--die-with-parent"},
      folder_ / "script.out");
  wait_ready();
  std::ifstream in{folder_ / "run" / "env"};
  for (std::string line; std::getline(in, line);) {
    auto const equal = line.find('=');
    if (equal != std::string::npos && line.rfind("LAB_", 0) == 0)
      env_[line.substr(4, equal - 4)] = line.substr(equal + 1);
  }
}

odoo::~odoo() {
  try {
    run_to_end({lab_script("odoo"), "kill", (folder_ / "run").string()}, folder_, 30s);
  } catch (std::exception const&) {  // its process gets SIGKILL with the next line
  }
  program_.reset();
}

void odoo::wait_ready() {
  auto const waited =
      run_to_end({lab_script("odoo"), "wait", (folder_ / "run").string()}, folder_, boot_bound);
  if (waited.code != 0)
    throw std::runtime_error("Odoo does not start: " + waited.text + program_->output().text());
}

std::string const& odoo::setting(std::string const& key) const {
  auto const found = env_.find(key);
  if (found == env_.end()) throw std::runtime_error("the lab has no LAB_" + key);
  return found->second;
}

std::uint16_t odoo::port() const {
  return static_cast<std::uint16_t>(std::stoi(setting("ODOO_PORT")));
}

std::string odoo::key(std::string const& whose) const {
  std::ifstream file{setting(whose.empty() ? "ODOO_KEY_FILE" : "ODOO_" + whose + "_KEY_FILE")};
  std::string line;
  std::getline(file, line);
  return line;
}

void odoo::kill() {
  auto const done =
      run_to_end({lab_script("odoo"), "kill", (folder_ / "run").string()}, folder_, 30s);
  if (done.code != 0) throw std::runtime_error("Odoo survives: " + done.text);
  program_->wait_end(10s);
}

void odoo::start_again() {
  program_ = std::make_unique<process>(
      std::vector<std::string>{lab_script("odoo"), "rerun", (folder_ / "run").string(),
                               "--die-with-parent"},
      folder_ / "script.out");
  wait_ready();
}

std::string odoo::sql(std::string const& statement) const {
  auto const done =
      run_to_end({lab_script("odoo"), "sql", (folder_ / "run").string(), statement}, folder_, 60s);
  if (done.code != 0) throw std::runtime_error("SQL: " + done.text);
  return without_end(done.text);
}

}  // namespace calluna::integration
