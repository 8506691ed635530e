/// What an M-Bus record is of, by the names that a config uses (EN 13757-3, tables of value information).
package enum MBusQuantity: String, CaseIterable, Hashable, Sendable {
    case energy, volume, mass, power, flow
    case massFlow = "mass_flow"
    case supplyTemperature = "supply_temperature"
    case returnTemperature = "return_temperature"
    case temperatureDifference = "temperature_difference"
    case externalTemperature = "external_temperature"
    case pressure, voltage, current
    case onTime = "on_time"
    case operatingTime = "operating_time"
    case averagingTime = "averaging_time"
    case actualityTime = "actuality_time"
    case date
    case dateTime = "date_time"
    case heatCostUnits = "heat_cost_units"
    case fabricationNumber = "fabrication_number"
    case enhancedIdentification = "enhanced_identification"
    case busAddress = "bus_address"
    case accessNumber = "access_number"
    case medium, maker, customer, text, dimensionless
    case parameterSet = "parameter_set"
    case modelVersion = "model_version"
    case hardwareVersion = "hardware_version"
    case firmwareVersion = "firmware_version"
    case softwareVersion = "software_version"
    case customerLocation = "customer_location"
    case errorFlags = "error_flags"
    case digitalOutput = "digital_output"
    case digitalInput = "digital_input"
    case resetCounter = "reset_counter"
    case cumulationCounter = "cumulation_counter"
    case makersOwn = "makers_own"
    case unknown

    /// Values of it carry a unit that the meter chooses.
    package var kind: MeterUnit.Kind? {
        switch self {
        case .energy: .energy
        case .volume: .volume
        case .mass: .mass
        case .power: .power
        case .flow: .flow
        case .massFlow: .massFlow
        case .supplyTemperature, .returnTemperature, .externalTemperature: .temperature
        case .temperatureDifference: .temperatureDifference
        case .pressure: .pressure
        case .voltage: .voltage
        case .current: .current
        case .onTime, .operatingTime, .averagingTime, .actualityTime: .time
        default: nil
        }
    }
}

extension MeterUnit.Kind {
    /// What the fixed data structure, which only gives a unit, is taken to be of.
    package var quantity: MBusQuantity {
        switch self {
        case .energy: .energy
        case .power: .power
        case .volume: .volume
        case .flow: .flow
        case .mass: .mass
        case .massFlow: .massFlow
        case .temperature: .supplyTemperature
        case .temperatureDifference: .temperatureDifference
        case .pressure: .pressure
        case .time: .operatingTime
        case .voltage: .voltage
        case .current: .current
        }
    }
}
