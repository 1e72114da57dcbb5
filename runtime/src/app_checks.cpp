#include "app_checks.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace calluna::runtime {
namespace {

using nlohmann::json;

/// One round of questions, as long as somebody has still to answer.
struct round_of_checks {
  round_of_checks(io::executor const& io, control_server::reply to)
      : answer(std::move(to)), patience(io) {}

  void heard(std::string const& app, std::vector<std::string> lines) {
    if (asked.erase(app) == 0) return;
    wrong[app] = std::move(lines);
    if (asked.empty()) finish();
  }
  void finish() {
    if (!answer) return;
    patience.cancel();
    json apps = json::array();
    for (auto& [name, lines] : wrong) apps.push_back({{"name", name}, {"wrong", lines}});
    std::exchange(answer, nullptr)(json{{"apps", std::move(apps)}});
  }

  control_server::reply answer;
  boost::asio::steady_timer patience;
  std::set<std::string> asked;
  std::map<std::string, std::vector<std::string>> wrong;
};

std::vector<std::string> lines_of(result<void> const& outcome) {
  std::vector<std::string> lines;
  if (outcome) return lines;
  auto const& text = outcome.error().message;
  for (std::size_t from = 0; from < text.size();) {
    auto const end = std::min(text.find('\n', from), text.size());
    lines.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return lines;
}

}  // namespace

void ask_app_checks(io::executor io, supervisor& of, control_server::reply answer) {
  auto const all = std::make_shared<round_of_checks>(io, std::move(answer));
  auto const apps = of.serving();
  for (auto const& g : apps) all->asked.insert(g->settings().name);
  if (apps.empty()) return all->finish();
  all->patience.expires_after(check_patience);
  all->patience.async_wait([all](boost::system::error_code const& code) {
    if (code) return;
    for (auto const& app : std::set(all->asked))
      all->heard(app,
                 {fmt::format("its check has not returned within {} s", check_patience.count())});
  });
  for (auto const& g : apps)
    g->check([all, app = g->settings().name](result<void> const& outcome) {
      all->heard(app, lines_of(outcome));
    });
}

}  // namespace calluna::runtime
