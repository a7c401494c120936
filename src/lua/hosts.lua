-- hosts{ web1 = { address = "10.0.0.1" } } declares; hosts.group("web") lists.
local modules = ...
local hosts = modules.hosts
local declare = hosts.declare
hosts.declare = nil
_G.hosts = declare
