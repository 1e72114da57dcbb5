// A program of its own that runs Lua apps: on its own loop, with a module of its own.
// Uses calluna::bindings; the runtime (threads, hot reload, config files) is not needed.
//
//   host_with_own_module [APP]      APP: a folder with init.lua, or a .lua file
#include <calluna/bindings/app.hpp>
#include <calluna/bindings/await.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <iostream>
#include <map>
#include <string>

namespace asio = boost::asio;
namespace bindings = calluna::bindings;

// ---- what the host has anyway: some service that answers later
// ------------------------------------

class invoice_service {
 public:
  explicit invoice_service(asio::io_context& loop) : loop_(loop) {}

  void open_amount(std::string const& customer,
                   calluna::unique_function<void(calluna::result<double>)> done) {
    // A database or a web service in real life; here the answer only takes its time.
    auto timer = std::make_shared<asio::steady_timer>(loop_, std::chrono::milliseconds(50));
    timer->async_wait([this, timer, customer, done = std::move(done)](auto const&) mutable {
      if (auto found = amounts_.find(customer); found != amounts_.end())
        done(found->second);
      else
        done(
            calluna::fail(calluna::error_kind::invalid, "there is no customer '" + customer + "'"));
    });
  }

 private:
  asio::io_context& loop_;
  std::map<std::string, double> amounts_{{"Ann Archer", 120.5}, {"Bob Baker", 0}};
};

// ---- the same as a Lua module: require "invoices"
// -------------------------------------------------

invoice_service& service_of(lua_State* lua) {
  return *static_cast<invoice_service*>(lua_touserdata(lua, lua_upvalueindex(1)));
}

// invoices.open_amount(customer) -> number; nil, err. Waits: the task that calls it sleeps, other
// tasks of the app and the host's loop go on.
int open_amount(lua_State* lua) {
  char const* const customer = luaL_checkstring(lua, 1);
  bindings::wait w(lua, "invoices.open_amount");
  service_of(lua).open_amount(customer,
                              w.completion<double>([](lua_State* l, double const& amount) {
                                lua_pushnumber(l, amount);
                                return 1;
                              }));
  return w.suspend(5.0);  // seconds; then nil, err with err.kind == "timeout"
}

bindings::native_module invoices_module(invoice_service& service) {
  return {"invoices", [&service](lua_State* lua) {
            lua_newtable(lua);
            lua_pushlightuserdata(lua, &service);
            lua_pushcclosure(lua, open_amount, 1);
            lua_setfield(lua, -2, "open_amount");
            return 1;
          }};
}

// ---- what an app tells its surroundings
// -----------------------------------------------------------

// This host connects no PBX, so most of it has no meaning here. With one, it would put a
// bindings::pbx_link (over ami::client and ari::client) into app_options::pbxs and hand the events
// to app::deliver.
class host : public bindings::app_host {
  void on_ami_wanted(bindings::app&, std::vector<std::string> const&) override {}
  void on_ari_served(bindings::app&, std::string const&, std::string const&) override {}
  void on_call_broken(bindings::app&, std::uint32_t, std::string const&) override {}
  void on_app_broken(bindings::app&, calluna::error const& why) override {
    std::cerr << "the app cannot go on: " << why.message << '\n';
  }
};

class console : public calluna::log_sink {
  void write(calluna::log_level, std::string_view room, std::string_view text) override {
    std::cout << room << ": " << text << '\n';
  }
};

int main(int argc, char** argv) {
  std::string const path = argc > 1 ? argv[1] : DEFAULT_APP;
  if (argc > 2 || path == "--help") {
    std::cout
        << "usage: host_with_own_module [APP]   APP: a folder with init.lua, or a .lua file\n";
    return argc > 2 ? 2 : 0;
  }
  asio::io_context loop;
  invoice_service service(loop);
  host surroundings;

  bindings::app_options options;
  options.path = path;
  options.log = calluna::logger(std::make_shared<console>(), "app");
  options.modules = {invoices_module(service)};

  auto const app = bindings::app::create(loop.get_executor(), options, surroundings);
  if (auto loaded = app->load(); !loaded) {
    std::cerr << loaded.error().message << '\n';  // file:line and what is wrong
    return 1;
  }
  int code = 0;
  app->start([&](calluna::result<void> started) {
    if (!started) {
      std::cerr << started.error().message << '\n';
      code = 1;
    }
    app->stop(
        [] {});  // a real host would go on; then `run` below returns, as nothing is left to do
  });
  loop.run();
  return code;
}
