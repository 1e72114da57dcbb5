#include <calluna/runtime/agi_door.hpp>
#include <calluna/runtime/log.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace calluna::runtime {
namespace {

/// Paths of which a line was logged that nobody serves them; whoever asks for more than that is
/// counted only.
constexpr std::size_t most_told = 100;
constexpr std::size_t longest_shown = 200;

}  // namespace

result<std::unique_ptr<agi_door>> agi_door::open(io::executor on, agi::server_options options,
                                                 logger log) {
  std::unique_ptr<agi_door> door(new agi_door(log));
  auto const address = options.address;
  auto made = agi::server::listen(std::move(on), std::move(options), std::move(log),
                                  [self = door.get()](std::shared_ptr<agi::connection> session) {
                                    self->arrived(std::move(session));
                                  });
  if (!made) return fail(std::move(made).error());
  door->server_ = std::move(*made);
  door->log_.info(fmt::format("FastAGI on {} port {}", address, door->server_->port()));
  return door;
}

void agi_door::serve(std::string const& app, std::vector<bindings::agi_script> const& scripts,
                     std::weak_ptr<agi_receiver> const& to) {
  scripts_.set(app, scripts, to);
  for (auto const& script : scripts) told_.erase(script.path);
}

void agi_door::arrived(std::shared_ptr<agi::connection> session) {
  auto const& script = session->call().script;
  auto const* known = scripts_.find(script);
  auto const to = known == nullptr ? nullptr : known->to.lock();
  if (!to) return unserved(script);  // and the session, which nobody holds any more, ends
  to->on_agi_call(known->handler, std::move(session));
}

void agi_door::unserved(std::string const& script) {
  ++unserved_;
  if (told_.size() >= most_told || !told_.insert(script).second) return;
  log_.warning(fmt::format("no app serves '{}': its calls go on in the dialplan",
                           escape_controls(script.substr(0, longest_shown))));
}

nlohmann::json agi_door::status() const {
  auto const c = server_->count();
  auto scripts = nlohmann::json::object();
  for (auto const& [path, at] : scripts_.all()) scripts[path] = at.app;
  return {{"port", server_->port()},  {"open", c.open},           {"sessions", c.sessions},
          {"unserved", unserved_},    {"forbidden", c.forbidden}, {"rejected", c.rejected},
          {"malformed", c.malformed}, {"scripts", scripts}};
}

}  // namespace calluna::runtime
