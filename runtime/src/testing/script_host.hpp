#pragma once
#include <calluna/bindings/app.hpp>

#include <string>
#include <vector>

namespace calluna::runtime::testing {

/// Around a script that is no app: it has no calls and no events; it may only break.
class script_host final : public bindings::app_host {
 public:
  std::string broken;

 private:
  void on_ami_wanted(bindings::app&, std::vector<std::string> const&) override {}
  void on_ari_served(bindings::app&, std::string const&, std::string const&) override {}
  void on_app_broken(bindings::app&, error const& why) override { broken = why.message; }
  void on_call_broken(bindings::app&, std::uint32_t, std::string const&) override {}
};

}  // namespace calluna::runtime::testing
