#pragma once
#include <calluna/bindings/app.hpp>
#include <calluna/directory/directory.hpp>
#include <calluna/directory/user.hpp>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <string>

namespace calluna::bindings {

/// A directory in memory with these partners (JSON, the fields of directory::partner), and the
/// users anna, who is "7" in the business system, and boris.
inline app_services services_with(std::string const& partners) {
  static boost::asio::io_context loop;  // the directory keeps its executor
  loop.restart();
  app_services services;
  services.partners = directory::directory::create(loop.get_executor(), {"", "DE", {}}, logger{});
  directory::changes all;
  for (auto const& one : nlohmann::json::parse(partners)) {
    directory::partner p;
    p.id = std::to_string(one.at("id").get<int>());
    p.name = one.value("name", "");
    p.company = one.value("company", "");
    p.numbers = one.value("numbers", std::vector<std::string>{});
    p.tags = one.value("tags", std::vector<std::string>{});
    p.salesperson = one.value("salesperson", "");
    p.url = one.value("url", "");
    p.lang = one.value("lang", "");
    all.upserts.push_back(std::move(p));
  }
  auto const good = [](auto const& outcome) { EXPECT_TRUE(outcome) << outcome.error().message; };
  services.partners->open(good);
  services.partners->begin_full("test", good);
  services.partners->apply(std::move(all), good);
  loop.run();
  directory::user anna;
  anna.id = "anna";
  anna.name = "Anna";
  anna.extension = "101";
  anna.external_id = "7";
  anna.devices = {{"PJSIP/101", "", true, ""}, {"PJSIP/201", "", true, ""}};
  directory::user boris;
  boris.id = "boris";
  boris.name = "Boris";
  boris.extension = "102";
  boris.devices = {{"PJSIP/102", "", true, ""}};
  services.users = directory::user_registry::create({anna, boris}).value();
  return services;
}

}  // namespace calluna::bindings
