import sdk
from sdk import Resource
def test_a(acme, tiny_api, pipeline):
    acme("things", Resource("parts", path="/things/{things.id}/parts", data_selector="data"))
    tiny_api.lists("/things", [{"id":1}],[{"id":2,"x":{"a":1}}])
    tiny_api.lists("/things/1/parts", [{"id":1}])
    tiny_api.lists("/things/2/parts", [{"id":1}])
    p = pipeline()
    p.run(sdk.load("acme"))
    assert p.rows("things","id","x")==[(1,None),(2,'{"a":1}')]
    print(p.columns("things"), p.tables(), p.state(), tiny_api.targets)
