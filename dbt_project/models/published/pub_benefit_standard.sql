with standards as (
    select * from {{ ref('dim_standard') }}
),

final as (
    select
        programme_code,
        urban_rural_code,
        class_code,
        valid_from_date,
        amount_yuan,
        document_no,
        is_verified as verified
    from standards
)

select * from final
