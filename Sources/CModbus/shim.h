#include <modbus/modbus.h>

// Macros built from other names are not imported by Swift; enumerators are.
enum { CModbus_EMBBADCRC = EMBBADCRC, CModbus_EMBBADDATA = EMBBADDATA, CModbus_EMBBADEXC = EMBBADEXC,
       CModbus_EMBUNKEXC = EMBUNKEXC, CModbus_EMBMDATA = EMBMDATA, CModbus_EMBBADSLAVE = EMBBADSLAVE,
       CModbus_EMBXGTAR = EMBXGTAR };
