// A scenario of `calluna sim` in Lua: it says who is there, and lets people act while time passes.
#include "served_sim.hpp"
#include "testing/office_verbs.hpp"
#include "testing/script_host.hpp"

#include <calluna/bindings/app.hpp>
#include <calluna/bindings/function_module.hpp>
#include <calluna/runtime/cli.hpp>
#include <calluna/runtime/sim.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace calluna::runtime {
namespace {

using nlohmann::json;

/// What the script asks for. The PBX is there once it asks for more than settings.
class scenario_stage {
 public:
  explicit scenario_stage(std::ostream& out) : out_(out) {}

  result<json> ask(std::string_view verb, json const& a) {
    try {
      return verb == "settings" ? settings(a) : answer(verb, a);
    } catch (json::exception const& e) {
      return fail(error_kind::invalid, fmt::format("{}: {}", verb, e.what()));
    }
  }
  /// Listens, if the script has not come so far.
  result<served_sim*> open() {
    if (served_) return served_.get();
    auto made = std::make_unique<served_sim>(options_, out_);
    made->pbx().machine().add_endpoint({"PJSIP/trunk", "from-trunk", {}});
    if (auto ready = made->listen(); !ready) return fail(ready.error());
    served_ = std::move(made);
    return served_.get();
  }
  bool stopped() const noexcept { return stopped_; }

 private:
  result<json> settings(json const& a) {
    if (served_) return fail(error_kind::invalid, "pbx:settings comes before anything else");
    auto const port = [&](char const* key) {
      return static_cast<std::uint16_t>(std::clamp(a.value(key, 0.0), 0.0, 65535.0));
    };
    options_.ami_port = port("ami_port");
    options_.ari_port = port("ari_port");
    auto const user = a.value("user", "calluna"), secret = a.value("secret", "offline");
    options_.ami = {{user, secret}};
    options_.ari = {{user, secret}};
    options_.machine.seed = static_cast<std::uint64_t>(a.value("seed", 1.0));
    options_.machine.systemname = a.value("systemname", options_.machine.systemname);
    options_.machine.sound = testing::span_of(a, "sound", 2);
    options_.pace = a.value("pace", 1.0);
    if (options_.pace < 0.01 || options_.pace > 1000)
      return fail(error_kind::invalid, "pbx:settings: pace is from 0.01 to 1000");
    return json();
  }

  result<json> answer(std::string_view verb, json const& a) {
    auto const served = open();
    if (!served) return fail(served.error());
    auto& pbx = (*served)->pbx();
    auto& machine = pbx.machine();
    if (verb == "advance") {
      auto const time = testing::span_of(a, "seconds", 0);
      stopped_ = !(*served)->run_for(time);
      if (stopped_) return fail(error_kind::cancelled, "the PBX was stopped");
      return json();
    }
    if (verb == "now")
      return json(std::chrono::duration<double>(machine.now() - machine.options().began).count());
    if (verb == "phone_channels") {
      auto list = json::array();
      for (auto const& [serial, c] : machine.channels())
        if (c->endpoint == a.at("endpoint").get<std::string>())
          list.push_back({{"serial", serial}, {"ended", c->ending}});
      return list;
    }
    auto const at = testing::office_verbs().find(verb);
    if (at == testing::office_verbs().end())
      return fail(error_kind::invalid, fmt::format("a scenario has no '{}'", verb));
    pbx.settle();  // it is as late as the clock says
    auto done = at->second.does({machine, pbx.actors()}, a);
    pbx.settle();
    return done;
  }

  std::ostream& out_;
  sim::pbx_options options_;
  std::unique_ptr<served_sim> served_;
  bool stopped_ = false;
};

}  // namespace

int serve_sim_script(std::filesystem::path const& file, std::ostream& out, std::ostream& err) {
  scenario_stage stage(out);
  boost::asio::io_context loop{1};
  testing::script_host host;
  bindings::app_options options;
  options.name = file.stem().string();
  options.path = file.string();
  options.modules.push_back(bindings::function_module(
      "calluna.test_core",
      [&](std::string_view verb, json const& argument) { return stage.ask(verb, argument); }));
  auto const script = bindings::app::create(loop.get_executor(), std::move(options), host);
  // It acts and waits while it loads; when it has come to its end, the PBX goes on without it.
  auto const outcome = script->load();
  script->kill();
  if (!outcome && !stage.stopped()) {
    err << "calluna sim: " << (host.broken.empty() ? outcome.error().message : host.broken) << '\n';
    return exit_failure;
  }
  auto const served = stage.open();
  if (!served) {
    err << "calluna sim: " << served.error().message << '\n';
    return exit_failure;
  }
  (*served)->run();
  (*served)->tell_missing();
  return exit_done;
}

}  // namespace calluna::runtime
