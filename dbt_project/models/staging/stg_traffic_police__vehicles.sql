with source as (
    {{ corrected(source('lake', 'traffic_police__vehicles')) }}
),

latest as (
    select *
    from source
    qualify row_number() over (partition by plate_key order by _period_end desc, _batch_no desc, _row_number desc) = 1
),

renamed as (
    select
        -- ids
        plate_key,
        person_key,
        -- dates
        first_registered_date,
        person_birth_date as birth_date,
        -- categories
        vehicle_type_code,
        use_code,
        vehicle_status_code,
        person_sex_code as sex_code,
        -- amounts
        price_yuan,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
